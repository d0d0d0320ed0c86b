/** A text around the place that a citation names. */
export interface MarkedText {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** A place that the text does not have marks nothing. */
export function markedText(text: string, from: number | undefined, to: number | undefined): MarkedText {
  if (from === undefined || to === undefined || from >= to || to > text.length) {
    return { before: text, marked: '', after: '' };
  }
  return { before: text.slice(0, from), marked: text.slice(from, to), after: text.slice(to) };
}
