import { describe, expect, it } from 'vitest';
import { tenantFilterSchema } from '../../tenancy/tenant-filter.js';
import { FilterTextError, parseTenantFilter } from '../../tenancy/tenant-filter-text.js';

function problemOf(text: string): string {
  try {
    parseTenantFilter(text);
  } catch (error) {
    if (error instanceof FilterTextError) return error.message;
    throw error;
  }
  return 'none';
}

describe('a filter', () => {
  it('may name one value or several, and times as a Date or as a text', () => {
    expect(
      tenantFilterSchema.parse({
        state: 'ready',
        plan: ['free', 'pro'],
        createdSince: '2026-03-01',
        updatedBefore: new Date(0),
      }),
    ).toEqual({
      state: ['ready'],
      plan: ['free', 'pro'],
      createdSince: new Date('2026-03-01T00:00:00Z'),
      updatedBefore: new Date(0),
    });
  });

  it('means all tenants when it is empty, and passes through JSON unchanged', () => {
    expect(tenantFilterSchema.parse({})).toEqual({});
    const filter = tenantFilterSchema.parse({ attention: true, createdBefore: '2026-03-01T10:00:00+01:00' });
    expect(tenantFilterSchema.parse(JSON.parse(JSON.stringify(filter)))).toEqual(filter);
  });

  it.each([
    ['a field that there is none of', { sate: 'ready' }],
    ['a state that there is none of', { state: 'redy' }],
    ['a failure that there is none of', { failure: 'Oops' }],
    ['an empty list, which would match nobody', { state: [] }],
    ['an empty text', { idPrefix: '' }],
    ['a time without its offset', { createdSince: '2026-03-01T10:00:00' }],
    ['what Postgres cannot store', { plan: 'a\0b' }],
    ['a text for a flag', { attention: 'true' }],
    ['null', { plan: null }],
  ])('is refused with %s', (_, filter) => {
    expect(tenantFilterSchema.safeParse(filter).success).toBe(false);
  });
});

describe('the text of a filter', () => {
  it.each([
    ['state=ready', { state: ['ready'] }],
    ['plan=pro,state=ready|suspended', { plan: ['pro'], state: ['ready', 'suspended'] }],
    [' plan = pro , attention = true ', { plan: ['pro'], attention: true }],
    ['attention=false', { attention: false }],
    ['failure=MigrationFailed', { failure: ['MigrationFailed'] }],
    ['region=aws-us-east-1', { region: ['aws-us-east-1'] }],
    ['id^=acme-', { idPrefix: 'acme-' }],
    ['id^="acme, \\"the\\" \\\\ = | firm "', { idPrefix: 'acme, "the" \\ = | firm ' }],
    ['id^=ünï@example.com', { idPrefix: 'ünï@example.com' }],
    [
      'createdAt>=2026-03-01,createdAt<2026-03-02T12:00:00+02:00',
      { createdSince: new Date('2026-03-01T00:00:00Z'), createdBefore: new Date('2026-03-02T10:00:00Z') },
    ],
    [
      'updatedAt<2026-03-01,updatedAt>=2026-02-01',
      { updatedBefore: new Date('2026-03-01T00:00:00Z'), updatedSince: new Date('2026-02-01T00:00:00Z') },
    ],
  ])('%s', (text, filter) => {
    expect(parseTenantFilter(text)).toEqual(filter);
  });

  const fields = 'state, plan, region, failure, attention, id, createdAt, updatedAt';

  it.each([
    ['', 'a field is expected, not the end (character 1)'],
    ['state=ready,', 'a field is expected, not the end (character 13)'],
    ['state=ready,,plan=pro', 'a field is expected, not , (character 13)'],
    ['=ready', 'a field is expected, not = (character 1)'],
    ['sate=ready', `there is no field "sate"; there are ${fields} (character 1)`],
    ['plan=pro, constructor=x', `there is no field "constructor"; there are ${fields} (character 11)`],
    ['state', '= after "state" is expected, not the end (character 6)'],
    ['state ready', '= after "state" is expected, not r (character 7)'],
    ['state!=ready', '"state" takes =, not != (character 6)'],
    ['createdAt>2026-03-01', '"createdAt" takes >= or <, not > (character 10)'],
    ['id=acme', '"id" takes ^=, not = (character 3)'],
    ['state=', 'a value is expected, not the end (character 7)'],
    ['state=ready|', 'a value is expected, not the end (character 13)'],
    ['plan="pro', 'a value is expected, not " (character 6)'],
    ['plan=pro free', 'a comma or the end is expected, not f (character 10)'],
    ['plan=a=b', 'a comma or the end is expected, not = (character 7)'],
    [
      'plan=pro,plan=free',
      '"plan" is asked for twice; for any of several, write plan=one|other (character 10)',
    ],
    ['attention=true|false', '"attention" takes one value (character 16)'],
    ['attention=yes', '"yes": attention is true or false (character 11)'],
    ['plan=""', '"": plan is not empty (character 6)'],
  ])('is refused where it is wrong: %s', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it('is refused with the value that is wrong, of several', () => {
    expect(problemOf('plan=pro,state=ready|redy')).toMatch(
      /^"redy": state is one of ready, suspended, failed, offboarded, provisioning, .* \(character 22\)$/,
    );
    expect(problemOf('updatedAt>=yesterday')).toMatch(
      /^"yesterday": updatedAt is a time with its offset, .* \(character 12\)$/,
    );
  });
});
