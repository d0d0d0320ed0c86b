import { catalogSchemaCondition } from '../../worker/check-catalog.js';
import { type Check, ok, problem } from './check.js';
import { startAWorker } from './start-worker.js';
import { patienceMs } from './subject.js';

/** The catalog has this release's schema, or a worker may migrate it at its start. */
export const catalogSchema: Check = {
  name: 'catalog-schema',
  needs: ['catalog'],
  async make({ read }) {
    const { lacking, pending, unknown } = await catalogSchemaCondition(
      read('TENANTRY_CATALOG_URL'),
      patienceMs,
    );
    if (lacking.length > 0) {
      return problem(
        `the user in TENANTRY_CATALOG_URL lacks ${lacking.join(', ')}`,
        'grant it, or name the user there that owns the catalog: a worker migrates the catalog at every start',
      );
    }
    if (pending.length > 0) {
      return problem(
        `the catalog lacks the migrations ${pending.join(', ')}`,
        `workers migrate their catalog, so ${startAWorker}`,
      );
    }
    if (unknown.length > 0) {
      return problem(
        `a newer release migrated the catalog: this one does not know ${unknown.join(', ')}`,
        'update Tenantry here to the release that the workers run',
      );
    }
    return ok('migrated, with all that it takes to migrate it again');
  },
};
