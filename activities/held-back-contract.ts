import type { Catalog } from '../catalog/catalog.js';
import { type ContractFile, heldBackWords } from '../tenancy/contracts.js';
import { failure } from '../tenancy/failures.js';
import type { Fleet } from '../tenancy/fleet.js';

interface Known {
  readonly catalog: Pick<Catalog, 'contracts'>;
  readonly fleet: Fleet;
}

/** The first of these contracts that may not be applied yet. */
export function firstHeldBack(
  { catalog, fleet }: Known,
  files: readonly ContractFile[],
): Promise<ContractFile | undefined> {
  return catalog.contracts.firstHeldBack(fleet.name, files, fleet.timings.buildSilence);
}

/** Why a contract is held back, with tenants' ids, for people who may see the whole fleet. */
export async function heldBackBy(
  { catalog, fleet }: Known,
  file: ContractFile,
  { withIds = true }: { readonly withIds?: boolean } = {},
): Promise<string> {
  const blockers = await catalog.contracts.blockers(fleet.name, file, fleet.timings.buildSilence);
  return heldBackWords(file, blockers, { withIds });
}

/**
 * Throws `ContractBlocked` if one of these may not be applied yet. The reason goes into a tenant's record, so
 * it names no other tenant.
 */
export async function refuseHeldBack(known: Known, files: readonly ContractFile[]): Promise<void> {
  const file = await firstHeldBack(known, files);
  if (file === undefined) return;
  throw failure('ContractBlocked', await heldBackBy(known, file, { withIds: false }), {
    details: { file: `${file.name}.sql` },
  });
}
