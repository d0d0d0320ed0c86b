import { describe, expect, it } from 'vitest';
import { escapeInJson, jsonForTerminals, onLines, onOneLine, redact } from '../../tenancy/redact.js';
import { allHostile, hostile, unshowableIn } from '../support/hostile-text.js';
import { processorMs } from '../support/processor-ms.js';

describe('a text from elsewhere', () => {
  it.each(Object.entries(hostile))('shows %s instead of obeying it', (_, text) => {
    expect(unshowableIn(text)).not.toEqual([]);
    expect(unshowableIn(onOneLine(text))).toEqual([]);
    expect(unshowableIn(onLines(text), { lines: true })).toEqual([]);
    expect(unshowableIn(redact(text))).toEqual([]);
  });

  it('says which character stood there', () => {
    expect(onOneLine('\u001b[31m \u009b \u202e \u{e0041} \ud83d')).toBe(
      '\\x1b[31m \\x9b \\u202e \\u{e0041} \\ud83d',
    );
    expect(onOneLine('one\r\ntwo\n\tthree\rfour')).toBe('one two  three\\x0dfour');
    expect(onLines('one\r\ntwo\u0007')).toBe('one\ntwo\\x07');
  });

  it.each(['Müller & Söhne', '東京都', 'עברית', 'العربية', 'ไทย', 'e\u0301', '❤️', '😀', 'ﬁ', '\u00a0', '🇩🇪'])(
    'keeps ordinary text: %s',
    (text) => {
      expect(onOneLine(text)).toBe(text);
      expect(redact(text)).toBe(text);
      expect(JSON.parse(jsonForTerminals(text))).toBe(text);
    },
  );

  it('is bounded, even where each character becomes six, and read in no time where it is huge', async () => {
    expect(redact('\u202e'.repeat(10_000), 100).length).toBe(100);
    const tookMs = await processorMs(() => {
      expect(redact('x'.repeat(3_000_000)).length).toBe(500);
      expect(redact(`${'x'.repeat(3_000_000)}://`, 3_000_000).length).toBeLessThanOrEqual(3_000_000);
    });
    expect(tookMs).toBeLessThan(2_000);
    expect(redact('x'.repeat(500))).toBe('x'.repeat(500));
    const cutInTwo = redact(`${'x'.repeat(498)}${'😀'.repeat(9)}`);
    expect(cutInTwo).toBe(Buffer.from(cutInTwo).toString());
  });

  it('loses the addresses in it, which may hold a password', () => {
    expect(redact('see postgresql://me:secret@host/db now')).toBe('see [address] now');
  });
});

describe('JSON for a terminal', () => {
  it('is what it was, with no character in it that a terminal obeys', () => {
    const value = { [allHostile]: [allHostile, { text: allHostile }], plain: 'é😀' };
    for (const indent of [undefined, 2]) {
      const json = jsonForTerminals(value, indent);
      expect(unshowableIn(json, { lines: true })).toEqual([]);
      expect(JSON.parse(json)).toEqual(value);
    }
    expect(jsonForTerminals(value)).not.toContain('\n');
    expect(escapeInJson('{"a":"\u009b"}\n')).toBe('{"a":"\\u009b"}\n');
  });
});
