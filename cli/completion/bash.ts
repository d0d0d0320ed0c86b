import type { Entry, Value } from './entry.js';
import { quoted } from './quoted.js';

/** A completion script for bash, 3.2 (macOS) or newer. */
export function bashScript(name: string, entries: readonly Entry[]): string {
  const words = entries.map(
    ({ at, words, options }) =>
      `    ${quoted(at)}) words=${quoted([...words, ...options].map(({ word }) => word).join(' '))} ;;`,
  );
  const values = entries.flatMap(({ at, values }) =>
    values.map(({ flag, value }) => `    ${quoted(`${at} ${flag}`)}) ${offer(value)}; return ;;`),
  );
  const files = entries.flatMap(({ at, argument }) =>
    argument === 'file' || argument === 'folder' ? [`    ${quoted(at)}) ${offer(argument)}; return ;;`] : [],
  );
  return `# Completion of ${name} for bash. Made by: ${name} completion bash
_${name}() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' i
  # --option=value comes as three words.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${commandPattern(entries)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $prev" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ $cur != -* ]]; then case "$at" in
${files.join('\n')}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${name} ${name}
`.replace(/\n{2,}/g, '\n');
}

/** A shell pattern for the words of all commands. */
export function commandPattern(entries: readonly Entry[]): string {
  return entries.flatMap(({ at }) => (at === '' ? [] : [quoted(at)])).join('|');
}

function offer(value: Value): string {
  if (value === 'anything') return ':';
  // A name with a space in it must stay one name.
  if (value === 'file' || value === 'folder') {
    return `IFS=$'\\n'; COMPREPLY=($(compgen -${value === 'file' ? 'f' : 'd'} -- "$cur"))`;
  }
  return `COMPREPLY=($(compgen -W ${quoted(value.oneOf.join(' '))} -- "$cur"))`;
}
