import { ApplicationFailure, activityInfo, cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import type { TenantKey } from '../../catalog/tenant.js';
import { failure } from '../../tenancy/failures.js';
import type { HookDatabase, HookName, HookTenant, SqlClient } from '../../tenancy/hooks.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import { lackingHook } from '../lacking.js';
import { told } from '../postgres-failure.js';
import type { TenantInput } from '../tenant-input.js';
import { withFleetSession } from './sql/fleet-session.js';
import { withTenantDatabase } from './tenant-database.js';

/** Calls a hook of the fleet, if this worker's fleet has it; another worker's may. */
export function runHook(dependencies: Dependencies) {
  return (input: TenantInput & { readonly hook: HookName }): Promise<void> => {
    const idempotencyKey = `${activityInfo().workflowExecution?.runId}/${input.hook}`;
    return callHook(dependencies, input.tenant, input.hook, idempotencyKey);
  };
}

/** Calls a hook within an attempt of an activity. Throws `UnknownHook`, `HookFailed`. */
export async function callHook(
  { catalog, fleet }: Dependencies,
  tenant: TenantKey,
  name: HookName,
  idempotencyKey: string,
  more: Pick<HookTenant, 'budget'> = {},
): Promise<void> {
  const hook = fleet.hooks[name];
  if (hook === undefined) throw lackingHook(fleet, name);
  const { plan, projectId } = await knownTenant(catalog, tenant);
  const signal = cancellationSignal();
  const db: HookDatabase = {
    async asOwner(work) {
      const owner = await knownSecret(catalog, tenant, 'owner');
      const group = appGroupName(tenant.id);
      return withFleetSession(owner, group, signal, (client) => work(sqlClient(client)));
    },
    async asApp(work) {
      const app = await knownSecret(catalog, tenant, 'app');
      return withTenantDatabase(app, signal, (client) => work(sqlClient(client)), 'its own');
    },
  };
  const call = hook({ ...tenant, plan, projectId, idempotencyKey, signal, ...more }, db);
  await heartbeatWhile(call).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw hookFailed(name, error);
  });
}

function sqlClient(client: pg.Client): SqlClient {
  return {
    query: (text, values) => client.query(text, values === undefined ? undefined : [...values]),
  };
}

function hookFailed(hook: HookName, error: unknown): ApplicationFailure {
  const words = error instanceof Error ? told(error) : 'something that is no error was thrown';
  const nonRetryable = error instanceof ApplicationFailure && error.nonRetryable === true;
  return failure('HookFailed', `the hook "${hook}" failed: ${words}`, nonRetryable ? { nonRetryable } : {});
}
