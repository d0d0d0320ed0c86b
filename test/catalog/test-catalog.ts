import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import type { Writer } from '../../catalog/tenant.js';
import { migratedCatalog } from '../support/catalog-database.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

export function sealKeys(...ids: readonly string[]): Map<string, Buffer> {
  return new Map(ids.map((id) => [id, randomBytes(32)]));
}

export interface TestCatalog {
  readonly catalog: Catalog;
  readonly url: string;
  /** Asks the database behind the catalog's back. */
  rows(query: string, values?: readonly unknown[]): Promise<pg.QueryResultRow[]>;
}

/** A migrated catalog for the tests of a file. It is there once the tests run. */
export function testCatalog(keys: ReadonlyMap<string, Buffer> = sealKeys('k1')): TestCatalog {
  let opened: { url: string; catalog: Catalog; pool: pg.Pool } | undefined;
  const running = () => {
    if (opened === undefined) throw new Error('the catalog is open only while tests run');
    return opened;
  };
  beforeAll(async () => {
    const url = await migratedCatalog();
    opened = {
      url,
      catalog: openCatalog({ url, sealKeys: keys }),
      pool: new pg.Pool({ connectionString: url, max: 1 }),
    };
  });
  afterAll(() => Promise.all([opened?.catalog.close(), opened?.pool.end()]));
  return {
    get catalog() {
      return running().catalog;
    },
    get url() {
      return running().url;
    },
    rows: async (query, values = []) => (await running().pool.query(query, [...values])).rows,
  };
}

let made = 0;

/** A tenant that the catalog has not heard of, and a run that may write for it. */
export function newcomer(fleet = 'rag'): Writer {
  made += 1;
  return { fleet, id: tenantIdOf(`tenant ${made}`), runId: 'run-1', workflowId: 'tenant/test' };
}

export function namesOf({ fleet, id }: Writer): { plan: string; projectName: string; appRole: string } {
  return { plan: 'free', projectName: `${fleet}-${id}`, appRole: `role of ${id}` };
}
