import { expect, it } from 'vitest';
import { CatalogUnreachableError, TemporalUnreachableError } from '../../client/index.js';
import { isOutage } from '../../examples/rag/server/outage.js';
import { troubleOf } from '../../examples/rag/server/trouble.js';

it.each([
  [new CatalogUnreachableError('the catalog does not answer'), 'Your workspace cannot be opened just now'],
  [new TemporalUnreachableError('Temporal does not answer'), 'Nothing can be changed just now'],
])('an outage is told as one that passes, and not as a defect: %s', (error, title) => {
  expect(isOutage(error)).toBe(true);
  expect(troubleOf(error)).toMatchObject({ title, passes: true });
});

it('a defect is no outage', () => {
  expect(isOutage(new Error('undefined is not a function'))).toBe(false);
  expect(troubleOf(new Error('undefined is not a function'))).toBeUndefined();
});
