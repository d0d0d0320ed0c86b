const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** A passage's sentences and, of its tables, the rows, each with the table's first row, which says what the columns are. */
export function sentencesIn(text: string): string[] {
  const sentences = linesIn(text);
  // What has none, such as `Code: 4711`, is said as it stands.
  return sentences.length > 0 ? sentences : [text.trim()].filter((whole) => whole !== '');
}

function linesIn(text: string): string[] {
  let header: string | undefined;
  return text.split('\n').flatMap((line) => {
    if (!line.includes(' | ')) {
      header = undefined;
      return [...segmenter.segment(line)].map(({ segment }) => segment.trim()).filter(isSentence);
    }
    if (header === undefined) {
      header = line;
      return [];
    }
    return [rowWith(header, line)];
  });
}

/** `part: SP-1107; price: 2.40`. */
function rowWith(header: string, row: string): string {
  const titles = header.split(' | ');
  return row
    .split(' | ')
    .map((cell, column) => (titles[column] ? `${titles[column]}: ${cell}` : cell))
    .join('; ');
}

/** Not a heading, nor the number of a list. */
function isSentence(text: string): boolean {
  return text.split(/\s+/).length > 2;
}
