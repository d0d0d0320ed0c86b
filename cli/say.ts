import { jsonForTerminals, onLines } from '../tenancy/redact.js';

/*
 * What is printed may hold texts from elsewhere: of Neon, of a tenant's Postgres, of a hook. A terminal gets line breaks
 * from us and nothing else that it would obey.
 */

/** Tells a person something. It goes to standard error, so that standard output holds the answer alone. */
export function say(line: string): void {
  process.stderr.write(`${onLines(line)}\n`);
}

/** Gives the answer, on standard output. */
export function answer(text: string): void {
  process.stdout.write(`${onLines(text)}\n`);
}

/** The same in JSON, where the texts keep every character: those that a terminal would obey are escapes. */
export function answerJson(value: unknown, indent?: number): void {
  process.stdout.write(`${jsonForTerminals(value, indent)}\n`);
}

/** A piece of an answer in JSON that is written as it is read. It went through `jsonForTerminals`. */
export function answerJsonPart(json: string): void {
  process.stdout.write(json);
}

/** An answer whose parts are visible already, and coloured by us. */
export function answerStyled(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A text of ours with words of the command line in it, such as a complaint about an option: it keeps its colours. */
export function visibleButColours(text: string): string {
  return text
    .split(colour)
    .map((part, at) => (at % 2 === 0 ? onLines(part) : part))
    .join('');
}

/** Spelt so, because a control character in a pattern looks like a mistake. */
const colour = new RegExp(`(${String.fromCharCode(0x1b)}\\[[0-9;]*m)`);

/** For a program that reads it: not a character is changed. Only for what is ours, such as our own environment. */
export function answerVerbatim(text: string): void {
  process.stdout.write(`${text}\n`);
}
