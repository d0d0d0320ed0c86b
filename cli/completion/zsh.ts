import { commandPattern } from './bash.js';
import type { Entry, Value, Word } from './entry.js';
import { quoted } from './quoted.js';

/** A completion script for zsh: source it, or store it as `_<name>` in a folder of `fpath`. */
export function zshScript(name: string, entries: readonly Entry[]): string {
  const values = entries.flatMap(({ at, values }) =>
    values.map(({ flag, value }) => `    (${quoted(`${at} ${flag}`)}) ${offer(value)}; return ;;`),
  );
  const words = entries.map(({ at, words, options, argument }) => {
    const commands = words.length > 0 ? `local -a commands=(${described(words)}); ` : '';
    const tell = words.length > 0 ? '_describe command commands; ' : '';
    const file = argument === 'file' || argument === 'folder' ? `${offer(argument)}; ` : '';
    return `    (${quoted(at)}) ${commands}local -a options=(${described(options)}); ${tell}${file}_describe -o option options ;;`;
  });
  return `#compdef ${name}
# Completion of ${name} for zsh. Made by: ${name} completion zsh
_${name}() {
  local at='' i
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
      (${commandPattern(entries)}) at="$at $words[i]" ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function described(words: readonly Word[]): string {
  return words
    .map(({ word, description }) => quoted(`${word.replaceAll(':', '\\:')}:${description}`))
    .join(' ');
}

function offer(value: Value): string {
  if (value === 'anything') return "_message 'a value'";
  if (value === 'file') return '_files';
  return value === 'folder' ? '_files -/' : `compadd -- ${value.oneOf.map(quoted).join(' ')}`;
}
