export type AnswerPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'citation'; readonly number: number };

/** `Nine days [2], or ten [1][3].` → its text and its citations, in order. */
export function citing(answer: string): AnswerPart[] {
  return answer
    // The space before a citation would part it from its sentence.
    .split(/ ?(\[\d{1,2}\])/)
    .filter((part) => part !== '')
    .map((part) => {
      const number = /^\[(\d{1,2})\]$/.exec(part)?.[1];
      return number === undefined
        ? { kind: 'text', text: part }
        : { kind: 'citation', number: Number(number) };
    });
}
