/*
 * Texts that Postgres cannot store. It refuses U+0000, in `text` and as an escape in `jsonb`. Half a surrogate pair
 * is not valid UTF-8: `jsonb` refuses its escape, and node-postgres silently sends U+FFFD instead, so that two keys
 * become one. https://www.postgresql.org/docs/18/datatype-json.html
 */

const replacement = '\ufffd';
/** With the flag `u`, a whole pair is one character and not a surrogate. */
const loneSurrogate = /\p{Cs}/u;
const loneSurrogates = /\p{Cs}/gu;

/**
 * The escapes that `JSON.stringify` writes, which are never a whole pair. The pattern also matches an escaped
 * backslash, so that the text behind it is not read as an escape.
 */
const unstorableEscape = /\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g;
const escapedBackslash = '\\\\';
const escapedReplacement = '\\ufffd';

export function isStorable(text: string): boolean {
  return !text.includes('\0') && !loneSurrogate.test(text);
}

/** Replaces each character in an external text that Postgres cannot store with U+FFFD. */
export function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll('\0', replacement).replace(loneSurrogates, replacement);
}

/** The same for every text in a parsed JSON value, including the names of fields. */
export function storableIn(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [storable(name), storableIn(each)]));
}

/** The JSON of an external value, with U+FFFD instead of what `jsonb` refuses. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(unstorableEscape, (found) =>
    found === escapedBackslash ? found : escapedReplacement,
  );
}

/**
 * Describes what is wrong with a caller's JSON value, in one sentence; `undefined` when every text in it can be
 * stored.
 */
export function textProblem(value: unknown, name = 'it'): string | undefined {
  if (typeof value === 'string') {
    if (isStorable(value)) return undefined;
    return `${name} holds ${value.includes('\0') ? 'U+0000' : 'half a surrogate pair'}, which no database can store`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [field, each] of Object.entries(value)) {
    const problem = textProblem(field, 'the name of a field') ?? textProblem(each, `"${field}"`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
