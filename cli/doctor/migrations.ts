import { stat } from 'node:fs/promises';
import { flawInWords, flawsOfMigrations, inOrder } from '../../tenancy/migration-files.js';
import { readMigrations } from '../../worker/fleet-migrations.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';

/** The tenants' migrations can be applied, as far as that is visible without a database. */
export const migrations: Check = {
  name: 'migrations',
  needs: ['fleet'],
  async make({ read }) {
    const { migrations: folder } = await readFleet(read('TENANTRY_CONFIG'));
    if (folder === undefined) return ok('the fleet has none');
    const found = await stat(folder).catch(() => undefined);
    if (!found?.isDirectory()) {
      return problem(
        `the fleet's migrations folder ${folder} does not exist`,
        "make it, or change the fleet's migrations",
      );
    }
    const files = await readMigrations(folder);
    if (files.length === 0) {
      return problem(
        `${folder} holds no .sql file`,
        "put a first migration there, such as 0001_first.sql, or leave migrations out of the fleet's file",
      );
    }
    const flaws = flawsOfMigrations(files);
    const newest = inOrder(files.map(({ name }) => name)).at(-1);
    return flaws.length === 0
      ? ok(`${files.length} in ${folder}, the newest ${newest}.sql`)
      : problem(flaws.map(flawInWords).join('; '), `rename, fix or remove what is named, in ${folder}`);
  },
};
