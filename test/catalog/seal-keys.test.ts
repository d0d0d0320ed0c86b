import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { catalogEnvironment } from '../../catalog/environment.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { EnvironmentError, readEnvironment } from '../../tenancy/environment.js';

const bytes = randomBytes(32);
const key = bytes.toString('base64');
const other = randomBytes(32).toString('base64');

function problemOf(text: string): string {
  try {
    parseSealKeys(text);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('the keys can be read');
}

describe('seal keys', () => {
  it('are written id:base64, the sealing one first', () => {
    const keys = parseSealKeys(` 2026-03:${key}, old:${other}`);
    expect([...keys.keys()]).toEqual(['2026-03', 'old']);
    expect(keys.get('2026-03')?.equals(bytes)).toBe(true);
  });

  it('may be written in the URL’s base64, too', () => {
    expect(
      parseSealKeys(`k1:${bytes.toString('base64url')}`)
        .get('k1')
        ?.equals(bytes),
    ).toBe(true);
  });

  it.each([
    ['a key without an id', key, 'is written id:base64'],
    ['an id that is no word', `my key:${key}`, 'is written id:base64'],
    ['an id that is too long', `${'k'.repeat(33)}:${key}`, 'is written id:base64'],
    ['a key before its id', `${key}:k1`, 'is written id:base64'],
    ['a comma at the end', `k1:${key},`, 'is written id:base64'],
    ['a key of 16 bytes', `k1:${bytes.subarray(16).toString('base64')}`, 'has 16 bytes and not 32'],
    ['a key in hexadecimal', `k1:${bytes.toString('hex')}`, 'has 48 bytes and not 32'],
    ['two keys of one id', `k1:${key},k1:${other}`, 'two seal keys are called "k1"'],
    ['nothing', '', 'is written id:base64'],
  ])('cannot be %s, and the error does not show the key', (_, text, problem) => {
    const message = problemOf(text);
    expect(message).toContain(problem);
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      expect(message).not.toContain(bytes.toString(form).slice(0, 8));
      expect(message).not.toContain(bytes.subarray(16).toString(form).slice(0, 8));
    }
    expect(message).not.toContain(other.slice(0, 8));
  });

  it('are not taken for an id, and shown, when the id is left out', () => {
    const bare = bytes.subarray(16).toString('hex');
    expect(problemOf(bare)).not.toContain(bare);
  });
});

describe('the environment of a catalog', () => {
  const url = 'postgresql://tenantry:hunter2@db/catalog';

  it('is an address and the keys', () => {
    const read = readEnvironment(catalogEnvironment, {
      TENANTRY_CATALOG_URL: url,
      TENANTRY_SEAL_KEY: `k1:${key}`,
    });
    expect(read.TENANTRY_CATALOG_URL).toBe(url);
    expect([...read.TENANTRY_SEAL_KEY.keys()]).toEqual(['k1']);
  });

  it.each([
    [{}, ['TENANTRY_CATALOG_URL is not set', 'TENANTRY_SEAL_KEY is not set']],
    [
      { TENANTRY_CATALOG_URL: 'mysql://me:hunter2@db', TENANTRY_SEAL_KEY: 'k1:hunter2' },
      [
        'TENANTRY_CATALOG_URL is not a postgresql:// address',
        'TENANTRY_SEAL_KEY seal key "k1" has 5 bytes and not 32: make one with openssl rand -base64 32',
      ],
    ],
  ])('has its problems told all at once, without its secrets', (environment, problems) => {
    const read = () => readEnvironment(catalogEnvironment, environment);
    expect(read).toThrow(new EnvironmentError(problems));
  });
});
