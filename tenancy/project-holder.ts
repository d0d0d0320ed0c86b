import { noTenant } from './tenant-id.js';

/** Whom a project belongs to, in a sentence: a tenant, or the projects that wait for one. */
export function holderInWords({ fleet, id }: { readonly fleet: string; readonly id: string }): string {
  return id === noTenant
    ? `one that fleet "${fleet}" keeps for its next tenant`
    : `tenant "${id}" of fleet "${fleet}"`;
}
