/** A prefix of a text. Half an emoji at its end would be invalid text to a server. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/** A text without the addresses in it: one of them may hold a password. */
export function withoutAddresses(text: string): string {
  // Looking back, so that a long word is read once and not from each of its letters.
  return text.replace(/(?<![\w+.-])[\w+.-]+:\/\/\S*/g, '[address]');
}

/**
 * What a terminal obeys, what turns or hides the text around it, and what is no text at all: control characters (C0, DEL
 * and C1), format characters (bidi marks, embeddings and isolates, zero-width ones, tags), separators of lines and
 * paragraphs, halves of surrogate pairs, and whatever else Unicode lets a renderer leave out. The two selectors that
 * make a character text or emoji stay.
 */
const unshowable = /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A text from elsewhere on one line, all of it visible: a line break or a tab is a space, and any other character that
 * a reader would not see is written as an escape, such as `\x1b`.
 */
export function onOneLine(text: string): string {
  return text.replace(/\r?\n|\t/g, ' ').replace(unshowable, escaped);
}

/** The same, with its line breaks kept. */
export function onLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => onOneLine(line))
    .join('\n');
}

/** JSON in which no character of the values reaches a terminal as itself: each is an escape of JSON's own. */
export function jsonForTerminals(value: unknown, indent?: number): string {
  return escapeInJson(JSON.stringify(value, undefined, indent));
}

/** JSON that is written already, but for the line breaks between its tokens. */
export function escapeInJson(json: string): string {
  return json.replace(unshowable, (found) =>
    found === '\n'
      ? found
      : Array.from({ length: found.length }, (_, at) => `\\u${hex(found.charCodeAt(at), 4)}`).join(''),
  );
}

/**
 * A text from elsewhere, as a part of a sentence of ours: one line, visible, without addresses, at most `length` UTF-16
 * units of it.
 */
export function redact(text: string, length = 500): string {
  // Cut first, so that megabytes cost no more than a line; an escape is longer than what it stands for.
  const beginning = onOneLine(withoutAddresses(cut(text, 2 * length)));
  const whole = beginning.length <= length && text.length <= 2 * length;
  return whole ? beginning : `${cut(beginning, length - 1)}…`;
}

/** A value of JSON, each text in it on one line and visible. */
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
