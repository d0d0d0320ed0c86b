/** A prefix of a text that never ends with half an emoji, which servers would refuse as invalid text. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/** Removes addresses from a text, because one may hold a password. */
export function withoutAddresses(text: string): string {
  // The lookbehind makes a long word be scanned once, and not from each of its letters.
  return text.replace(/(?<![\w+.-])[\w+.-]+:\/\/\S*/g, '[address]');
}

/**
 * Characters that a terminal obeys, that turn or hide the text around them, or that are not text at all: control
 * characters (C0, DEL and C1), format characters (bidi marks, embeddings and isolates, zero-width ones, tags),
 * separators of lines and paragraphs, halves of surrogate pairs, and all others that Unicode allows a renderer to
 * omit. The two selectors that make a character text or emoji stay.
 */
const unshowable = /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes an external text visible on one line: a line break or a tab becomes a space, and any other invisible
 * character becomes an escape, such as `\x1b`.
 */
export function onOneLine(text: string): string {
  return text.replace(/\r?\n|\t/g, ' ').replace(unshowable, escaped);
}

/** The same, but keeps line breaks. */
export function onLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => onOneLine(line))
    .join('\n');
}

/** JSON that is safe for terminals: every special character of the values becomes a JSON escape. */
export function jsonForTerminals(value: unknown, indent?: number): string {
  return escapeInJson(JSON.stringify(value, undefined, indent));
}

/** Escapes a JSON text, except for the line breaks between its tokens. */
export function escapeInJson(json: string): string {
  return json.replace(unshowable, (found) =>
    found === '\n'
      ? found
      : Array.from({ length: found.length }, (_, at) => `\\u${hex(found.charCodeAt(at), 4)}`).join(''),
  );
}

/**
 * Makes an external text fit into a sentence of ours: one line, visible, without addresses, at most `length` UTF-16
 * units.
 */
export function redact(text: string, length = 500): string {
  // Cut first, so that megabytes cost no more than a line. An escape is longer than its character.
  const beginning = onOneLine(withoutAddresses(cut(text, 2 * length)));
  const whole = beginning.length <= length && text.length <= 2 * length;
  return whole ? beginning : `${cut(beginning, length - 1)}…`;
}

/** Makes every text in a JSON value visible on one line. */
export function onOneLineIn<T>(value: T): T;
export function onOneLineIn(value: unknown): unknown {
  if (typeof value === 'string') return onOneLine(value);
  if (Array.isArray(value)) return value.map((each) => onOneLineIn(each));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [onOneLine(name), onOneLineIn(each)]),
  );
}

function escaped(found: string): string {
  const code = found.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
