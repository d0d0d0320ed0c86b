import { ApplicationFailure, activityInfo, cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import { failure } from '../../tenancy/failures.js';
import type { HookDatabase, HookName, SqlClient } from '../../tenancy/hooks.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import { lackingHook } from '../lacking.js';
import { told } from '../postgres-failure.js';
import type { TenantStep } from '../tenant-step.js';
import { withFleetSession } from './sql/fleet-session.js';
import { withTenantDatabase } from './tenant-database.js';

/** Calls a hook of the fleet's, if this worker's fleet has it; another worker's may. */
export function runHook({ catalog, fleet }: Dependencies) {
  return async (step: TenantStep & { readonly hook: HookName }): Promise<void> => {
    const hook = fleet.hooks[step.hook];
    if (hook === undefined) throw lackingHook(fleet, step.hook);
    const { plan, projectId } = await knownTenant(catalog, step.tenant);
    const signal = cancellationSignal();
    const db: HookDatabase = {
      async asOwner(work) {
        const owner = await knownSecret(catalog, step.tenant, 'owner');
        const group = appGroupName(step.tenant.id);
        return withFleetSession(owner, group, signal, (client) => work(sqlClient(client)));
      },
      async asApp(work) {
        const app = await knownSecret(catalog, step.tenant, 'app');
        return withTenantDatabase(app, signal, (client) => work(sqlClient(client)), 'its own');
      },
    };
    const { fleet: name, id } = step.tenant;
    const idempotencyKey = `${activityInfo().workflowExecution?.runId}/${step.hook}`;
    const call = hook({ fleet: name, id, plan, projectId, idempotencyKey, signal }, db);
    await heartbeatWhile(call).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw hookFailed(step.hook, error);
    });
  };
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
