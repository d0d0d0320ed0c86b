import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { failureCures, failurePage } from '../../tenancy/failure-cures.js';
import { failures, isFailureType } from '../../tenancy/failures.js';

const page = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8');
const sections = page.split(/^## /m).slice(1);

it('the page of failures speaks of each, says whether it is tried again, and what to do, in the words of the code', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual(Object.keys(failures));
  for (const section of sections) {
    const [type = '', , what = '', , cure] = section.split('\n');
    if (!isFailureType(type)) throw new Error(`there is no failure ${type}`);
    expect(what).toMatch(failures[type].retryable ? /^Tried again\. \S/ : /^Ends it\. \S/);
    expect(cure).toBe(failureCures[type]);
    expect(failurePage(type)).toBe(`docs/failures.md#${type.toLowerCase()}`);
  }
});
