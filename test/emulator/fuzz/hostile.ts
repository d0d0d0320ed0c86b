import fc from 'fast-check';

/** Texts that have broken something somewhere before. */
const texts = [
  '',
  ' ',
  '\0',
  '\u202e\u200b\ufeff',
  'e\u0301\u{1f418}\u{10ffff}',
  '\ud800',
  '__proto__',
  'constructor',
  'toString',
  '../../../etc/passwd',
  "'; DROP TABLE projects; --",
  '"; \\q',
  '{{7*7}}%s%n',
  '\r\nx-injected: yes',
  'true',
  'null',
  '-1',
  '1e999',
  '9'.repeat(400),
  '2025-13-45T99:99:99Z',
  '0001-01-01T00:00:00Z',
  'x'.repeat(70_000),
];

const numbers = [0, -0, -1, 0.1, 2 ** 31, 2 ** 53 + 2, -(2 ** 63), 1e308, Number.MIN_VALUE];

/** Own keys of these names, which an object literal cannot have. */
const pollution: unknown = JSON.parse(
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"hasOwnProperty":1,"toString":null}',
);

export const hostileText = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

/** Any JSON value, with a liking for the wrong ones. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(...numbers, null, true, false, [], {}, [[]], pollution),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.constant('x'), { minLength: 500, maxLength: 500 }),
);

/** Bodies that no schema has made: no JSON at all, or far too much of it. */
export const hostileBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"',
    '\0',
    '\ufeff{}',
    '{"a":1}{"b":2}',
    "{'project':{}}",
    '<project/>',
  ),
  fc.constantFrom('{"project":{},"project":null}', '{"project":{"name":"\\ud800"}}', 'NaN', '-', '01'),
  hostile.map((value) => JSON.stringify(value)),
  hostile.map((value) => JSON.stringify({ project: value, branch: value, endpoint: value, role: value })),
  fc.constantFrom('[', '{"project":').map((open) => open.repeat(20_000)),
  fc.constant(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  fc.constant(`{"project":{"name":"${'x'.repeat(3_000_000)}"}}`),
);
