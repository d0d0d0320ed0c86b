/** What a document is called that has neither a title nor an origin. */
export const untitled = 'Untitled';

/** The text as Postgres can store it, and as long: without U+0000 and halves of surrogate pairs. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
}
