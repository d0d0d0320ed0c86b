import type { Entry, Value, Word } from './entry.js';

/** A completion script for fish, 3.0 or newer. */
export function fishScript(name: string, entries: readonly Entry[]): string {
  const commands = entries.flatMap(({ at }) => (at === '' ? [] : [quoted(at)]));
  const lines = entries.flatMap(({ at, words, options, values, argument }) => [
    ...words.map((word) => complete(name, at, `-a ${quoted(word.word)}`, word)),
    ...options.map((option) => {
      const value = values.find(({ flag }) => flag === option.word)?.value;
      return complete(name, at, option.word.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s '), option, value);
    }),
    ...(argument === 'file' || argument === 'folder' ? [complete(name, at, '-F')] : []),
  ]);
  return `# Completion of ${name} for fish. Made by: ${name} completion fish
function __${name}_at
    set -l at ''
    set -l given (commandline -opc)
    for word in $given[2..-1]
        if contains -- "$at $word" ${commands.join(' ')}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${name} -f
${lines.join('\n')}
`;
}

function complete(name: string, at: string, what: string, word?: Word, value?: Value): string {
  const condition = `-n ${quoted(`__${name}_at ${quoted(at)}`)}`;
  const description = word?.description ? ` -d ${quoted(word.description)}` : '';
  return `complete -c ${name} ${condition} ${what}${offer(value)}${description}`;
}

function offer(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value === 'anything') return ' -x';
  return value === 'file' || value === 'folder' ? ' -rF' : ` -xa ${quoted(value.oneOf.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
