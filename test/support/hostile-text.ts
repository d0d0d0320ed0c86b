/** What a text from elsewhere may hold, each by the name that Unicode or a terminal's manual gives it. */
export const hostile = {
  'an escape sequence': '\u001b[2J\u001b]0;gone\u0007',
  'a control sequence of C1': '\u009b31m',
  'an operating system command of C1': '\u009d0;title\u009c',
  'a carriage return': 'ok\rforged',
  backspaces: 'no\b\byes',
  'a null': 'a\u0000b',
  'a delete': 'a\u007fb',
  'a next line of C1': 'a\u0085b',
  'marks of direction': 'a\u200e\u200f\u061cb',
  'embeddings and overrides': '\u202a\u202b\u202c\u202d\u202eevil',
  isolates: '\u2066\u2067\u2068\u2069',
  'zero-width characters': 'a\u200b\u200c\u200d\u2060\ufeffb',
  'separators of lines and paragraphs': 'a\u2028b\u2029c',
  'a soft hyphen and interlinear marks': 'a\u00ad\ufff9b',
  'fillers of Hangul': '\u115f\u3164\uffa0',
  tags: '\u{e0001}\u{e0041}',
  'variation selectors that could spell': '\ufe00\u{e0100}',
  'half a surrogate pair': 'a\ud83db\ude00c',
  'a line of its own': 'end\n2026-01-01T00:00:00Z  offboard  succeeded',
} as const satisfies Record<string, string>;

export const allHostile = Object.values(hostile).join(' ');

/** Code points that no text may have that a person is to read: found one by one, not by the pattern under test. */
export function unshowableIn(text: string, { lines = false } = {}): string[] {
  const found: string[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (lines && code === 0x0a) continue;
    if (ranges.some(([from, to]) => code >= from && code <= to)) found.push(`U+${code.toString(16)}`);
  }
  return found;
}

const ranges: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0d],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];
