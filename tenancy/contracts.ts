import { numberOf } from './migration-files.js';
import type { TenantId } from './tenant-id.js';

/*
 * A contract is a migration file that removes what older code may still use: a column, a table, a function. It is
 * held back while a tenant lacks the migrations before it, and while an older build of the application may still be
 * running.
 */

export interface ContractFile {
  /** The file's name without `.sql`. */
  readonly name: string;
  /** The file before it; absent for the first file. */
  readonly before: string | undefined;
}

interface Ordered {
  readonly name: string;
  readonly script: { readonly isContract: boolean };
}

/** The contracts among a folder's migrations, which must be in their order. */
export function contractsOf(migrations: readonly Ordered[]): ContractFile[] {
  return migrations.flatMap(({ name, script }, at) =>
    script.isContract ? [{ name, before: migrations[at - 1]?.name }] : [],
  );
}

/** Whether a migration comes before a file. */
export function isBefore(name: string, file: string): boolean {
  return numberOf(name) < numberOf(file);
}

/** The tenants and builds that hold back a contract. */
export interface ContractBlockers {
  /** How many active tenants lack the migrations before it; `sample` has some of their ids. */
  readonly tenants: number;
  readonly sample: readonly TenantId[];
  /** The builds that are older than the contract, each with the newest migration that it knows. */
  readonly builds: readonly { readonly id: string; readonly schema: string }[];
}

const shownBuilds = 5;

/**
 * `contract 0012_drop.sql is held back: 2 tenants are behind 0011_add (acme, bravo); …` `withIds` decides whether the
 * sentence names the tenants.
 */
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
