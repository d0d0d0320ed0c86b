import { type Kysely, sql } from 'kysely';
import type { ContractBlockers, ContractFile } from '../tenancy/contracts.js';
import { numberOf } from '../tenancy/migration-files.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { numberOfBuild, seenWithin } from './builds.js';
import type { CatalogSchema } from './schema.js';

/** Which contracts are held back, and by which tenants and builds: decision 38. */
export interface Contracts {
  /** The first contract that is held back. One query, for any number of tenants. */
  firstHeldBack(
    fleet: string,
    files: readonly ContractFile[],
    silenceMs: number,
  ): Promise<ContractFile | undefined>;
  blockers(fleet: string, file: ContractFile, silenceMs: number): Promise<ContractBlockers>;
}

/**
 * Tenants whose database may be in use. Suspended tenants, and those that are being offboarded, can neither be
 * connected to nor migrated. The expression for the number matches the index `tenants_by_schema`.
 */
const inUse = sql`settled_state = 'ready' and state <> 'offboarding'`;
const numberOfTenant = sql`coalesce(substring(schema_version from '^[0-9]+')::numeric, -1)`;

const sampled = 10;

export function createContracts(db: Kysely<CatalogSchema>): Contracts {
  return {
    async firstHeldBack(fleet, files, silenceMs) {
      if (files.length === 0) return undefined;
      const numbers = files.map(({ name }) => String(numberOf(name)));
      const before = files.map((file) => (file.before === undefined ? null : String(numberOf(file.before))));
      const { rows } = await sql<{ at: string }>`
        select file.at
        from unnest(${numbers}::numeric[], ${before}::numeric[]) with ordinality as file (number, before, at)
        where exists (
            select from tenantry.builds
            where fleet = ${fleet} and ${seenWithin(silenceMs)} and ${numberOfBuild} < file.number)
          or (file.before is not null
            and exists (
              select from tenantry.tenants where fleet = ${fleet} and ${inUse} and ${numberOfTenant} < file.before)
            and not exists (
              select from tenantry.tenants where fleet = ${fleet} and ${inUse} and ${numberOfTenant} >= file.number))
        order by file.number limit 1`.execute(db);
      const [first] = rows;
      return first && files[Number(first.at) - 1];
    },
    async blockers(fleet, { name, before }, silenceMs) {
      const number = String(numberOf(name));
      const { rows: builds } = await sql<{ id: string; schema: string }>`
        select id, schema from tenantry.builds
        where fleet = ${fleet} and ${seenWithin(silenceMs)} and ${numberOfBuild} < ${number}::numeric
        order by ${numberOfBuild}, id`.execute(db);
      if (before === undefined) return { tenants: 0, sample: [], builds };
      const behind = sql`fleet = ${fleet} and ${inUse} and ${numberOfTenant} < ${String(numberOf(before))}::numeric`;
      const { rows } = await sql<{ tenants: string; sample: TenantId[] }>`
        select count(*) as tenants,
          array(select id from tenantry.tenants where ${behind} order by id collate "C" limit ${sampled}) as sample
        from tenantry.tenants where ${behind}
          and not exists (
            select from tenantry.tenants where fleet = ${fleet} and ${inUse} and ${numberOfTenant} >= ${number}::numeric)`.execute(
        db,
      );
      const tenants = Number(rows[0]?.tenants ?? 0);
      return { tenants, sample: tenants === 0 ? [] : (rows[0]?.sample ?? []), builds };
    },
  };
}
