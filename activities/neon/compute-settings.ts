import { cancellationSignal } from '@temporalio/activity';
import { listEndpoints, updateEndpoint } from '../../neon/endpoints.js';
import { failure } from '../../tenancy/failures.js';
import type { PlanSettings } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';
import { namingTheSetting } from './naming-the-setting.js';

const computeNames = {
  minCu: 'autoscaling_limit_min_cu',
  maxCu: 'autoscaling_limit_max_cu',
  suspendAfterSeconds: 'suspend_timeout_seconds',
} as const;

type ComputeWords = Record<(typeof computeNames)[keyof typeof computeNames], number>;

type ComputeRequest = Omit<ComputeWords, 'suspend_timeout_seconds'> & Partial<ComputeWords>;

export interface ComputeSettings {
  readonly endpointId: string;
  readonly settings: Partial<PlanSettings>;
}

/** What Neon has for the compute that a branch is written through. */
export function readComputeSettings({ neon }: Dependencies) {
  return async ({
    projectId,
    branchId,
  }: ProjectInput & { readonly branchId: string }): Promise<ComputeSettings> => {
    const endpoints = await listEndpoints(neon, projectId, cancellationSignal());
    const found = endpoints.find(({ branch_id, type }) => branch_id === branchId && type === 'read_write');
    if (found === undefined)
      throw failure('RequestUnfit', `branch ${branchId} has no compute to be written through, so no plan`);
    return { endpointId: found.id, settings: readCompute('compute', found) };
  };
}

/** Gives a compute what a plan sets for it. Returns the operations to wait for. */
export function changeComputeSettings({ neon }: Dependencies) {
  return ({
    projectId,
    endpointId,
    settings,
  }: ProjectInput & { readonly endpointId: string; readonly settings: PlanSettings }): Promise<string[]> =>
    updateEndpoint(
      neon,
      { projectId, endpointId },
      computeRequest('compute', settings),
      cancellationSignal(),
    ).catch((error: unknown) => {
      throw namingTheSetting(error);
    });
}

/** Settings of a compute out of Neon's words; those that are not there are left out. */
export function readCompute<Of extends 'compute' | 'newCompute'>(
  of: Of,
  words: { readonly [Word in keyof ComputeWords]?: number | undefined },
) {
  const settings: Partial<Record<`${Of}.${keyof typeof computeNames}`, number>> = {};
  for (const ours of ['minCu', 'maxCu', 'suspendAfterSeconds'] as const) {
    const value = words[computeNames[ours]];
    if (value !== undefined) settings[`${of}.${ours}`] = value;
  }
  return settings;
}

/** The same, said in Neon's words. */
export function computeRequest(of: 'compute' | 'newCompute', settings: PlanSettings): ComputeRequest {
  const suspend = settings[`${of}.suspendAfterSeconds`];
  return {
    autoscaling_limit_min_cu: settings[`${of}.minCu`],
    autoscaling_limit_max_cu: settings[`${of}.maxCu`],
    ...(suspend === undefined ? {} : { suspend_timeout_seconds: suspend }),
  };
}
