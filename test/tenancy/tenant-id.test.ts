import { describe, expect, it } from 'vitest';
import { isTenantId, longestTenantId, tenantIdProblem } from '../../tenancy/tenant-id.js';

describe('a tenant id', () => {
  it.each([
    ['one character', 'a'],
    ['spaces', 'Acme Inc. (Berlin)'],
    ['letters of any script', 'Ünïcødé 東京 عربى'],
    ['signs that mean something elsewhere', `../'";--%00<&>{}$`],
    ['a combining accent', 'e\u0301'],
    ['emoji', '🚀🐘'],
    ['128 characters', 'a'.repeat(128)],
    ['128 emoji, which are 256 UTF-16 units', '😀'.repeat(128)],
  ])('may have %s', (_, id) => {
    expect(tenantIdProblem(id)).toBeUndefined();
    expect(isTenantId(id)).toBe(true);
  });

  it.each([
    ['a', 129],
    ['😀', 129],
    ['a', 10_000],
  ])('is refused for its length when %j is repeated %i times', (character, length) => {
    const id = character.repeat(length);
    expect(tenantIdProblem(id)).toBe(`a tenant id has at most 128 characters, this one has ${length}`);
    expect(isTenantId(id)).toBe(false);
  });

  it('is refused when it is empty', () => {
    expect(tenantIdProblem('')).toBe('a tenant id has at least one character');
    expect(isTenantId('')).toBe(false);
  });

  it.each([
    ['a null character', '\0', 'U+0000'],
    ['a line feed', '\n', 'U+000A'],
    ['a tab', '\t', 'U+0009'],
    ['an escape, with which terminals are steered', '\u001b', 'U+001B'],
    ['a delete', '\u007f', 'U+007F'],
    ['a control character of the second set', '\u0085', 'U+0085'],
    ['a line separator', '\u2028', 'U+2028'],
    ['a paragraph separator', '\u2029', 'U+2029'],
    ['a zero-width joiner', '\u200d', 'U+200D'],
    ['a right-to-left override', '\u202e', 'U+202E'],
    ['a byte order mark', '\ufeff', 'U+FEFF'],
    ['a private-use character', '\ue000', 'U+E000'],
    ['a character that Unicode has not assigned', '\u0378', 'U+0378'],
    ['the first half of an emoji', '\ud83d', 'U+D83D'],
    ['the second half of an emoji', '\ude00', 'U+DE00'],
    ['a tag character beyond the first plane', '\u{e0041}', 'U+E0041'],
  ])('is refused when it holds %s, and is told which', (_, character, name) => {
    const id = `ac${character}me`;
    expect(tenantIdProblem(id)).toBe(`a tenant id has printable characters only, this one holds ${name}`);
    expect(isTenantId(id)).toBe(false);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [42, 'number'],
    [true, 'boolean'],
    [{}, 'object'],
    [['acme'], 'object'],
    [Symbol('acme'), 'symbol'],
  ])('is a string, so %o is refused', (raw, name) => {
    expect(tenantIdProblem(raw)).toBe(`a tenant id is a string, not ${name}`);
    expect(isTenantId(raw)).toBe(false);
  });

  it('is refused for its length before its characters are looked at', () => {
    expect(tenantIdProblem('\n'.repeat(longestTenantId + 1))).toContain('at most');
  });
});
