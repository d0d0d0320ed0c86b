import { type Kysely, sql } from 'kysely';
import { isFailureType } from '../tenancy/failures.js';
import type { TenantOperation, TenantState } from '../tenancy/lifecycle.js';
import { storableJson } from '../tenancy/storable.js';
import { appendEvent } from './events.js';
import type { CatalogSchema, HistoryEvent } from './schema.js';
import type { TenantKey, Writer } from './tenant.js';

/** One line of a tenant's audit trail. It holds no secret. */
export interface HistoryEntry {
  readonly at: Date;
  readonly operation: TenantOperation;
  readonly event: HistoryEvent;
  /** The tenant's state from then on; `none` when the catalog has forgotten it. */
  readonly state: TenantState | 'none';
  readonly workflowId: string;
  readonly runId: string;
  /** The operation's input, its result, or why it failed. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface History {
  /** Everything that was done to a tenant, the oldest first; it outlives the tenant. */
  of(key: TenantKey): Promise<HistoryEntry[]>;
  /** The operation that a run began, and its workflow; `undefined` when it has begun none. */
  beginning(
    key: TenantKey,
    runId: string,
  ): Promise<Pick<HistoryEntry, 'operation' | 'workflowId'> | undefined>;
  /** Adds an entry in the middle of an operation. */
  note(
    writer: Writer,
    operation: TenantOperation,
    state: TenantState | 'none',
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

export function createHistory(db: Kysely<CatalogSchema>): History {
  return {
    async of({ fleet, id }) {
      const rows = await db
        .selectFrom('history')
        .selectAll()
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', id)
        .orderBy('id')
        .execute();
      return rows.map(({ at, operation, event, state, workflow_id, run_id, detail }) => ({
        at,
        operation,
        event,
        state,
        workflowId: workflow_id,
        runId: run_id,
        detail,
      }));
    },
    async beginning({ fleet, id }, runId) {
      const row = await db
        .selectFrom('history')
        .select(['operation', 'workflow_id'])
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', id)
        .where('run_id', '=', runId)
        .where('event', '=', 'began')
        .executeTakeFirst();
      return row && { operation: row.operation, workflowId: row.workflow_id };
    },
    note: (writer, operation, state, detail) =>
      appendHistory(db, writer, { operation, event: 'noted', state, detail }),
  };
}

/**
 * Adds an entry, and the event that reports it, in the transaction of the change; once, even if a run calls it
 * repeatedly.
 */
export async function appendHistory(
  db: Kysely<CatalogSchema>,
  { fleet, id, runId, workflowId }: Writer,
  entry: Pick<HistoryEntry, 'operation' | 'event' | 'state' | 'detail'>,
): Promise<void> {
  const { numInsertedOrUpdatedRows: added } = await db
    .insertInto('history')
    .values({
      fleet,
      tenant_id: id,
      operation: entry.operation,
      event: entry.event,
      state: entry.state,
      workflow_id: workflowId,
      run_id: runId,
      detail: storableJson(entry.detail),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['fleet', 'tenant_id', 'run_id', 'event'])
        .where(sql<boolean>`event <> 'noted'`)
        .doNothing(),
    )
    .executeTakeFirstOrThrow();
  if (added === 0n || entry.event === 'noted') return;
  const { operation, event, state, detail } = entry;
  await appendEvent(db, { fleet, tenantId: id }, `tenant.operation.${event}.v1`, {
    ...{ fleet, tenant: id, operation, state, run: runId },
    ...(event === 'failed' && isFailureType(detail.type) ? { failure: detail.type } : {}),
  });
}
