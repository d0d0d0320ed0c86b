/** Tells a person something. It goes to standard error, so that standard output holds the answer alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Gives the answer, on standard output. */
export function answer(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function answerJson(value: unknown): void {
  answer(JSON.stringify(value));
}
