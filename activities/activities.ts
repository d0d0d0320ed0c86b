import type { Dependencies } from './dependencies.js';
import * as catalog from './queues/catalog.js';
import * as code from './queues/code.js';
import * as consumption from './queues/consumption.js';
import * as database from './queues/database.js';
import * as heavy from './queues/heavy.js';
import * as neon from './queues/neon.js';

/** The exports of each file of `queues/`: activities that still need their dependencies. */
type Factories = Readonly<Record<string, (dependencies: Dependencies) => unknown>>;

type Made<Of extends Factories> = { [Name in keyof Of]: ReturnType<Of[Name]> };

export type NeonActivities = Made<typeof neon>;
export type ConsumptionActivities = Made<typeof consumption>;
export type DatabaseActivities = Made<typeof database>;
export type CodeActivities = Made<typeof code>;
export type HeavyActivities = Made<typeof heavy>;
export type CatalogActivities = Made<typeof catalog>;

/**
 * Every activity, by the queue that carries it. An export of a file in `queues/` is registered under its own
 * name.
 */
export const createNeonActivities = making(neon);
export const createConsumptionActivities = making(consumption);
export const createDatabaseActivities = making(database);
export const createCodeActivities = making(code);
export const createHeavyActivities = making(heavy);
export const createCatalogActivities = making(catalog);

function making<Of extends Factories>(factories: Of) {
  return (dependencies: Dependencies): Made<Of> =>
    Object.fromEntries(
      Object.entries(factories).map(([name, make]) => [name, make(dependencies)]),
    ) as Made<Of>;
}
