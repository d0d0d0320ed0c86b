import type { ResourceKind } from '../../catalog/schema.js';
import { failure } from '../../tenancy/failures.js';
import { resourceNameProblem } from '../../tenancy/resource-name.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput, TenantInput } from '../tenant-input.js';

export interface NamedResource {
  readonly kind: ResourceKind;
  readonly name: string;
}

/** Throws for an invalid name, or one that the tenant already uses. */
export function checkName({ catalog }: Dependencies) {
  return async ({ tenant, kind, name }: TenantInput & NamedResource): Promise<void> => {
    const problem = resourceNameProblem(name);
    if (problem !== undefined) throw failure('RequestUnfit', problem);
    if (await catalog.resources.isIntended(tenant, kind, name)) {
      const message = `a ${kind} "${name}" was begun and cut off, and what is left of it is yet to be looked for; give another name`;
      throw failure('RequestUnfit', message);
    }
    const there = await catalog.resources.get(tenant, kind, name);
    // The name of an expired snapshot is free again; a copy's name is free once the copy is forgotten.
    const expired =
      kind === 'snapshot' && there?.expiresAt !== undefined && there.expiresAt.getTime() <= Date.now();
    if (there === undefined || expired) return;
    const until = there.expiresAt === undefined ? '' : ` until ${there.expiresAt.toISOString()}`;
    throw failure(
      'RequestUnfit',
      `the tenant has a ${kind} "${name}"${until}; give another name, or remove it first`,
    );
  };
}

/**
 * Records a resource before Neon is asked to create it: otherwise a run that is cut off next would leave
 * something behind that nobody knows of.
 */
export function intendResource({ catalog }: Dependencies) {
  return ({
    tenant,
    projectId,
    kind,
    name,
    detail = {},
  }: ProjectInput & NamedResource & { readonly detail?: Readonly<Record<string, unknown>> }): Promise<void> =>
    catalog.resources.intend(tenant, { kind, name, projectId, detail });
}

/** Records a resource at Neon beside the tenant's live database. */
export function noteResource({ catalog }: Dependencies) {
  return ({
    tenant,
    projectId,
    kind,
    name,
    neonId,
    detail = {},
    expiresAt,
  }: ProjectInput &
    NamedResource & {
      readonly neonId: string;
      readonly detail?: Readonly<Record<string, unknown>>;
      /** ISO 8601 */
      readonly expiresAt?: string;
    }): Promise<void> =>
    catalog.resources.put(tenant, {
      kind,
      name,
      projectId,
      neonId,
      detail,
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    });
}

export function forgetResource({ catalog }: Dependencies) {
  return ({ tenant, kind, name }: TenantInput & NamedResource): Promise<void> =>
    catalog.resources.remove(tenant, kind, name);
}
