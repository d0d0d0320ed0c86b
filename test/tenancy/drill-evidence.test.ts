import { expect, it } from 'vitest';
import { mostOf, tellsOfTheSnapshot } from '../../tenancy/drill-evidence.js';

it('keeps the thousand largest tables as evidence, and the sum of all', () => {
  const read = Array.from({ length: 3_000 }, (_, n) => ({ table: `own.t${n}`, rows: n }));
  const { tables, total } = mostOf(read);
  expect(tables).toEqual(read.slice(2_000));
  expect(total).toEqual({ tables: 3_000, rows: (2_999 * 3_000) / 2 });
});

it.each([
  ['a page that cannot be read', { type: 'SnapshotBroken', sqlState: 'XX001' }, true],
  ['a Postgres that lets nobody in', { type: 'DatabaseUnreachable', sqlState: '57P03' }, true],
  ['a network on which nobody answers', { type: 'DatabaseUnreachable' }, false],
  ['memory that was used up', { type: 'DatabaseRefused', sqlState: '53200' }, false],
  ['a row that is larger than a text can be', { type: 'DatabaseRefused', sqlState: '54000' }, false],
  ['a step that ran out of time', { type: 'OutOfTime' }, false],
  ['a quota', { type: 'DatabaseOverQuota' }, false],
] as const)('%s', (_what, reason, tells) => {
  expect(tellsOfTheSnapshot(reason)).toBe(tells);
});
