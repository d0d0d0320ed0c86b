import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { findingNamesIn, flowFindingNamesIn } from '../../activities/database/sql/restored-names.js';

const emptying = "SELECT pg_catalog.set_config('search_path', '', false);\n";

/** What an archive has around a text: what comes before it, its length in four bytes, and what comes after it. */
function archive(statement: string, after = 'rows'): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(statement));
  return Buffer.concat([Buffer.from('PGDMP\0'), length, Buffer.from(statement), Buffer.from(after)]);
}

it('says where names are looked for, and how long that is', () => {
  const changed = findingNamesIn(['shop', 'é"x'], archive(emptying));
  const statement = `SELECT pg_catalog.set_config('search_path', '"shop", "é""x"', false);\n`;
  expect(changed).toEqual(archive(statement));
});

it('leaves an archive as it is that says something else, and all where there is nowhere to look', () => {
  const other = archive("SELECT pg_catalog.set_config('search_path', 'public', false);\n");
  expect(findingNamesIn(['shop'], other)).toBe(other);
  expect(findingNamesIn([], archive(emptying))).toEqual(archive(emptying));
});

it.each([1, 7, 30, 1_000])(
  'does so to one that comes in pieces of %i bytes, and leaves the rest alone',
  async (size) => {
    const whole = archive(emptying, `${emptying}rows`.repeat(50));
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
      whole.subarray(n * size, (n + 1) * size),
    );
    const flown = await buffer(Readable.from(pieces).pipe(flowFindingNamesIn(['shop'])));
    expect(flown).toEqual(findingNamesIn(['shop'], whole));
  },
);

it('lets one through that has no such statement', async () => {
  const flown = await buffer(
    Readable.from([Buffer.from('PGDMP'), Buffer.from('nothing')]).pipe(flowFindingNamesIn(['shop'])),
  );
  expect(flown.toString()).toBe('PGDMPnothing');
});
