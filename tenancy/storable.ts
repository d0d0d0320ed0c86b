/*
 * Texts that Postgres cannot store. U+0000 it refuses, in `text` and as an escape in `jsonb`; half a surrogate pair is
 * no UTF-8, so `jsonb` refuses its escape, and node-postgres sends U+FFFD in its place without a word: two keys become
 * one. https://www.postgresql.org/docs/18/datatype-json.html
 */

const replacement = '\ufffd';
/** With `u`, a whole pair is one character and no surrogate. */
const loneSurrogate = /\p{Cs}/u;
const loneSurrogates = /\p{Cs}/gu;

/**
 * As `JSON.stringify` writes them: a whole pair is never an escape. An escaped backslash is matched too, so that the text
 * behind it is not read as an escape.
 */
const unstorableEscape = /\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g;
const escapedBackslash = '\\\\';
const escapedReplacement = '\\ufffd';

export function isStorable(text: string): boolean {
  return !text.includes('\0') && !loneSurrogate.test(text);
}

/** A text from outside, with U+FFFD in place of each character that Postgres cannot store. */
export function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll('\0', replacement).replace(loneSurrogates, replacement);
}

/** The same for every text in a parsed value of JSON, names of fields too. */
export function storableIn(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [storable(name), storableIn(each)]));
}

/** JSON of a value from outside, with U+FFFD in place of what `jsonb` refuses. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(unstorableEscape, (found) =>
    found === escapedBackslash ? found : escapedReplacement,
  );
}

/** What is wrong with a caller's value of JSON, in one sentence; nothing when every text in it can be stored. */
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
