import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkoutRoot } from '../../local/state-directory.js';

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        optional: z.boolean().optional(),
        engines: z.object({ node: z.string().optional() }).optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(path.join(checkoutRoot, 'package-lock.json'), 'utf8')));

/** Of `^20.19.0 || >=22`: whether 20 is in one of the alternatives, by their majors. */
const isFor20 = (range: string) =>
  range.split('||').some((each) => {
    const [, operator = '', major] = /^\s*([<>=^~]*)\s*v?(\d+)/.exec(each) ?? [];
    if (major === undefined) return true;
    return operator.startsWith('>') ? Number(major) <= 20 : Number(major) === 20;
  });

it('no package that a clone installs is for newer Nodes alone than Node 20, which we support', () => {
  const engines = Object.entries(lock.packages).flatMap(([name, { optional, engines }]) =>
    // npm leaves out what is optional and does not fit.
    optional || engines?.node === undefined || isFor20(engines.node) ? [] : [`${name}: ${engines.node}`],
  );
  expect(engines).toEqual([]);
});
