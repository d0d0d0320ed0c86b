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
import type { TenantInput } from '../tenant-input.js';
import { withFleetSession } from './sql/fleet-session.js';
import { withTenantDatabase } from './tenant-database.js';

/** Calls a hook of the fleet's, if this worker's fleet has it; another worker's may. */
export function runHook({ catalog, fleet }: Dependencies) {
  return async (input: TenantInput & { readonly hook: HookName }): Promise<void> => {
    const hook = fleet.hooks[input.hook];
    if (hook === undefined) throw lackingHook(fleet, input.hook);
    const { plan, projectId } = await knownTenant(catalog, input.tenant);
    const signal = cancellationSignal();
    const db: HookDatabase = {
      async asOwner(work) {
        const owner = await knownSecret(catalog, input.tenant, 'owner');
        const group = appGroupName(input.tenant.id);
        return withFleetSession(owner, group, signal, (client) => work(sqlClient(client)));
      },
      async asApp(work) {
        const app = await knownSecret(catalog, input.tenant, 'app');
        return withTenantDatabase(app, signal, (client) => work(sqlClient(client)), 'its own');
      },
    };
    const { fleet: name, id } = input.tenant;
    const idempotencyKey = `${activityInfo().workflowExecution?.runId}/${input.hook}`;
    const call = hook({ fleet: name, id, plan, projectId, idempotencyKey, signal }, db);
    await heartbeatWhile(call).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw hookFailed(input.hook, error);
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
