/** A stretch of a document's text as its page shows it. */
export interface TextRun {
  readonly text: string;
  readonly isHeading: boolean;
  readonly isMarked: boolean;
}

/** A place in a text, in UTF-16 units. */
export interface Place {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * A text in runs: its headings, and the place that a citation names. A place that the text does not have marks nothing.
 * @param headings What stands above its passages. A paragraph that says the same and no more is a heading.
 */
export function markedText(text: string, headings: ReadonlySet<string>, { from, to }: Place = {}): TextRun[] {
  const isPlace = from !== undefined && to !== undefined && from < to && to <= text.length;
  const runs: TextRun[] = [];
  let at = 0;
  for (const paragraph of text.split(/(?<=\n\n)/)) {
    const isHeading = headings.has(paragraph.trim());
    const end = at + paragraph.length;
    const [first, last] = isPlace ? [clamp(from, at, end), clamp(to, at, end)] : [end, end];
    for (const [start, stop, isMarked] of [
      [at, first, false],
      [first, last, true],
      [last, end, false],
    ] as const) {
      if (start < stop) add(runs, { text: text.slice(start, stop), isHeading, isMarked });
    }
    at = end;
  }
  return runs;
}

function clamp(n: number, least: number, most: number): number {
  return Math.min(Math.max(n, least), most);
}

/** Runs of one look are one. */
function add(runs: TextRun[], run: TextRun): void {
  const last = runs.at(-1);
  if (last?.isHeading === run.isHeading && last.isMarked === run.isMarked)
    runs[runs.length - 1] = { ...run, text: last.text + run.text };
  else runs.push(run);
}
