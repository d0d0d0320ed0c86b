import { describe, expect, it } from 'vitest';
import { defineFleet } from '../../tenancy/fleet.js';
import { runInputProblem } from '../../tenancy/run-input.js';
import { isStorable, storable, storableIn, storableJson, textProblem } from '../../tenancy/storable.js';

const unstorable = ['\u0000', 'a\u0000b', '\ud83d', '\ude00', 'a\ude00\ud83db', '😀\ud83d'];
const fine = ['', 'acme', '😀', '\u0001\u001b\u202e\ufffd\uffff', '\\u0000', 'ünï', '\u{10ffff}'];

describe('a text', () => {
  it.each(fine)('that a database can store stays as it is: %j', (text) => {
    expect(isStorable(text)).toBe(true);
    expect(storable(text)).toBe(text);
    expect(JSON.parse(storableJson([text, { [text]: text }]))).toEqual([text, { [text]: text }]);
    expect(textProblem({ text })).toBeUndefined();
  });

  it.each(unstorable)('that none can store has another character there, wherever it stands: %j', (text) => {
    const stored = Buffer.from(text.replaceAll('\u0000', '\ufffd')).toString();
    expect(isStorable(text)).toBe(false);
    expect(storable(text)).toBe(stored);
    const value = { [text]: [text, null, 7, true, { deep: `\\${text}` }] };
    const expected = { [stored]: [stored, null, 7, true, { deep: `\\${stored}` }] };
    expect(storableIn(value)).toEqual(expected);
    expect(JSON.parse(storableJson(value))).toEqual(expected);
    // Whatever writes itself is looked at as it was written.
    expect(JSON.parse(storableJson({ url: { toJSON: () => text } }))).toEqual({ url: stored });
  });
});

describe('what a run is given', () => {
  const tenant = { fleet: 'rag', id: 'acme' };

  it('is fit with a tenant and texts that can be stored', () => {
    expect(
      runInputProblem({ tenant, name: 'before-import', ttlMs: 5, deep: [{ more: null }] }),
    ).toBeUndefined();
  });

  it.each([
    [undefined, /fleet/],
    ['acme', /fleet/],
    [{}, /fleet/],
    [{ tenant: { fleet: 'Rag', id: 'acme' } }, /fleet/],
    [{ tenant: { fleet: 'rag' } }, /a tenant id is a string/],
    [{ tenant: { fleet: 'rag', id: 'a\u0000' } }, /U\+0000/],
    [{ tenant, name: 'a\u0000' }, /^"name" holds U\+0000/],
    [{ tenant, to: { snapshot: '\ud83d' } }, /^"snapshot" holds half a surrogate pair/],
    [{ tenant, '\u0000': 1 }, /^the name of a field holds U\+0000/],
  ])('is unfit, in a sentence that names the field: %j', (input, problem) => {
    expect(runInputProblem(input)).toMatch(problem);
  });
});

describe('a fleet', () => {
  const plans = { free: { region: 'aws-us-east-1' } };
  const schedule = { workflow: 'nightly', every: 3_600_000 };

  it.each([
    [{ plans: { free: { region: 'a\u0000' } } }],
    [{ logins: ['\ud83d'] }],
    [{ schedules: { nightly: { ...schedule, args: [{ name: '\u0000' }] } } }],
    [{ schedules: { nightly: { ...schedule, note: '\ud83d' } } }],
  ])('is none with a text that no database can store: %j', (change) => {
    expect(() => defineFleet({ name: 'rag', plans, ...change })).toThrow('no database can store');
  });
});
