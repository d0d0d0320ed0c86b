import { cancellationSignal } from '@temporalio/activity';
import { loginAt } from '../../catalog/login-at.js';
import { createEndpoint, listEndpoints, type NeonEndpoint } from '../../neon/endpoints.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import type { ProjectInput } from '../tenant-input.js';
import { computeRequest } from './compute-settings.js';
import { fetchOwnerCredential } from './fetch-owner-credential.js';
import { plannedSettings } from './planned-settings.js';

/*
 * A deleted compute takes its address with it, and nothing ever answers there again. The branch keeps its
 * data, and a new compute has a new address.
 */

export type BranchStep = ProjectInput & { readonly branchId: string };

/**
 * Where the sealed credentials lead: to the compute through which the branch is written, to another one, or
 * there is none.
 */
export type ComputeSeen = 'as sealed' | 'another' | 'none';

export function lookAtCompute({ neon, catalog }: Dependencies) {
  return async ({ tenant, projectId, branchId }: BranchStep): Promise<ComputeSeen> => {
    const endpoints = await listEndpoints(neon, projectId, cancellationSignal());
    const compute = endpoints.find(({ branch_id, type }) => branch_id === branchId && type === 'read_write');
    if (compute === undefined) return 'none';
    const sealed = [await catalog.secrets.open(tenant, 'owner'), await catalog.secrets.open(tenant, 'app')];
    return sealed.every((connection) => connection === undefined || leadsTo(connection, compute))
      ? 'as sealed'
      : 'another';
  };
}

/** Neon has several domains for one compute; its id comes first in all of them. */
export function leadsTo(connection: string, { id, host }: NeonEndpoint): boolean {
  const { host: sealed } = new URL(connection);
  return sealed === host.toLowerCase() || sealed.startsWith(`${id}.`);
}

/** The operations to wait for; none if an earlier attempt created the compute and its reply was lost. */
export type ComputeMade = readonly string[] | 'over quota';

/**
 * Creates the compute through which the branch is written, with the settings of the tenant's plan if they are
 * known. If the quota is exhausted, Neon refuses (402), and that is returned.
 */
export function makeCompute(dependencies: Dependencies) {
  const { neon } = dependencies;
  const planned = plannedSettings(dependencies);
  return async (input: BranchStep): Promise<ComputeMade> => {
    if ((await lookAtCompute(dependencies)(input)) !== 'none') return [];
    const settings = await planned(input);
    const request = settings === undefined ? {} : computeRequest('compute', settings);
    return createEndpoint(neon, input, request, cancellationSignal()).catch((error: unknown) => {
      if (isOverQuota(error)) return 'over quota' as const;
      throw error;
    });
  };
}

/**
 * Neon has a code for each of a project's limits: `ACTIVE_TIME_QUOTA_EXCEEDED`,
 * `WRITTEN_DATA_QUOTA_EXCEEDED`, …
 */
function isOverQuota(error: unknown): boolean {
  return isNeonError(error) && error.details.neonCode?.endsWith('_QUOTA_EXCEEDED') === true;
}

/** Points the owner's credential and the published one at the current compute. It can be repeated. */
export function followCompute(dependencies: Dependencies) {
  const { catalog } = dependencies;
  const fetchOwner = fetchOwnerCredential(dependencies);
  return async (input: ProjectInput): Promise<void> => {
    const { tenant } = input;
    await fetchOwner(input);
    const owner = await knownSecret(catalog, tenant, 'owner');
    const app = await catalog.secrets.open(tenant, 'app');
    if (app !== undefined) await catalog.secrets.put(tenant, 'app', loginAt(owner, app));
  };
}
