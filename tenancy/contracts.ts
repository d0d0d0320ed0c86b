import { numberOf } from './migration-files.js';
import type { TenantId } from './tenant-id.js';

/*
 * A contract is a file of migrations that removes what older code may still use: a column, a table, a function. It is held back
 * while a tenant lacks what comes before it, and while a build of the application that is older than it may be running.
 */

export interface ContractFile {
  /** Without `.sql`. */
  readonly name: string;
  /** The file before it; absent of the first one. */
  readonly before: string | undefined;
}

interface Ordered {
  readonly name: string;
  readonly script: { readonly isContract: boolean };
}

/** Those of a folder's migrations, which come in their order. */
export function contractsOf(migrations: readonly Ordered[]): ContractFile[] {
  return migrations.flatMap(({ name, script }, at) =>
    script.isContract ? [{ name, before: migrations[at - 1]?.name }] : [],
  );
}

/** Whether a migration comes before a file. */
export function isBefore(name: string, file: string): boolean {
  return numberOf(name) < numberOf(file);
}

/** Who is in the way of a contract. */
export interface ContractBlockers {
  /** How many tenants in use lack what comes before it; some of them by id. */
  readonly tenants: number;
  readonly sample: readonly TenantId[];
  /** Builds that are older than it, each with the newest migration that it was written with. */
  readonly builds: readonly { readonly id: string; readonly schema: string }[];
}

const shownBuilds = 5;

/** `contract 0012_drop.sql is held back: 2 tenants are behind 0011_add (acme, bravo); …` `withIds`: whether to name the tenants. */
export function heldBackWords(
  { name, before }: ContractFile,
  { tenants, sample, builds }: ContractBlockers,
  { withIds }: { readonly withIds: boolean },
): string {
  const ids = withIds && sample.length > 0 ? ` (${listed(sample, tenants)})` : '';
  const behind = `${tenants === 1 ? '1 tenant is' : `${tenants} tenants are`} behind ${before}${ids}`;
  const shown = builds.slice(0, shownBuilds).map(({ id, schema }) => `${id} (${schema})`);
  const older = `builds older than it: ${listed(shown, builds.length)}`;
  const why = [...(tenants > 0 ? [behind] : []), ...(builds.length > 0 ? [older] : [])].join('; ');
  const until = before === undefined ? '' : `. Until then the newest that can be applied is ${before}`;
  return `contract ${name}.sql is held back: ${why}${until}`;
}

function listed(shown: readonly string[], all: number): string {
  return `${shown.join(', ')}${all > shown.length ? ` and ${all - shown.length} more` : ''}`;
}
