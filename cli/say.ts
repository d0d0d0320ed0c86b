import { jsonForTerminals, onLines } from '../tenancy/redact.js';

/*
 * Output may contain external texts: from Neon, a tenant's Postgres, a hook. A terminal gets line breaks from us, but
 * nothing else that it would obey.
 */

/** Prints a line for a person. It goes to standard error, so that standard output only has the result. */
export function say(line: string): void {
  process.stderr.write(`${onLines(line)}\n`);
}

/** Prints the result, on standard output. */
export function answer(text: string): void {
  process.stdout.write(`${onLines(text)}\n`);
}

/** The same in JSON, where the texts keep every character: those that a terminal would obey are escaped. */
export function answerJson(value: unknown, indent?: number): void {
  process.stdout.write(`${jsonForTerminals(value, indent)}\n`);
}

/** Prints a part of a JSON result that is written while it is read. It must come from `jsonForTerminals`. */
export function answerJsonPart(json: string): void {
  process.stdout.write(json);
}

/** Prints a result whose parts are already escaped, with our own colours. */
export function answerStyled(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For a text of ours with words of the command line in it, such as a complaint about an option: our colours stay. */
export function visibleButColours(text: string): string {
  return text
    .split(colour)
    .map((part, at) => (at % 2 === 0 ? onLines(part) : part))
    .join('');
}

/** Written this way, because a control character in a pattern looks like a mistake. */
const colour = new RegExp(`(${String.fromCharCode(0x1b)}\\[[0-9;]*m)`);

/** For a program that reads the output: no character is changed. Only for our own texts, such as our environment. */
export function answerVerbatim(text: string): void {
  process.stdout.write(`${text}\n`);
}
