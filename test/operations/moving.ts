import pg from 'pg';
import { loginAt } from '../../catalog/login-at.js';
import type { OperationHandle, StepProgress } from '../../client/index.js';
import { eventually } from '../support/eventually.js';
import { holdTurn } from '../support/hold-turn.js';
import { withClient } from '../support/sql.js';
import type { TestTenantry } from '../support/tenantry.js';

/** A schema with what a move has to bring over. */
export const schema = `-- Up Migration
create extension vector;
create schema billing;
create type mood as enum ('good', 'bad');
create table notes (
  id bigint generated always as identity primary key,
  body text not null check (body <> ''),
  mood mood not null default 'good',
  embedding vector(3)
);
create index on notes using hnsw (embedding vector_l2_ops);
create table billing.invoices (id serial primary key, note_id bigint references notes, amount numeric(10, 2));
create view long_notes as select * from notes where length(body) > 10;
create function shout(text) returns text language sql immutable as $$ select upper($1) $$;
revoke execute on function shout from public;
comment on table notes is 'what people wrote';
`;

/** A tenant with data of its migrations and of its application; answers its connection string. */
export async function tenantWithData(t: TestTenantry, id = 'acme'): Promise<string> {
  await t.writeMigration('0001_notes.sql', schema);
  await t.tenantry.execute.onboard({ id });
  const connection = await t.tenantry.connectionString(id);
  await withClient(connection, async (client) => {
    await client.query(
      `insert into notes (body, embedding) select 'note ' || n, array[n, 0, 1]::vector from generate_series(1, 500) n`,
    );
    await client.query('insert into billing.invoices (note_id, amount) select id, id * 1.5 from notes');
    await client.query('create table drafts (id serial primary key, body jsonb)');
    await client.query(`insert into drafts (body) values ('{"a": [1, "ü"]}'), (null)`);
    await client.query(`create materialized view totals as select count(*) from notes`);
  });
  return connection;
}

/** What the tenant's own role sees of its data. */
export const dataIn = (connection: string) =>
  withClient(connection, async (client) => {
    const read = async (text: string) => (await client.query(text)).rows;
    return {
      notes: await read('select * from notes order by id'),
      invoices: await read('select * from billing.invoices order by id'),
      drafts: await read('select * from drafts order by id'),
      totals: await read('select * from totals'),
      nearest: await read(`select id from notes order by embedding <-> '[7, 0, 1]' limit 1`),
    };
  });

/** Writes in each table; answers the ids that were given. */
export const writeIn = (connection: string) =>
  withClient(connection, async (client) => {
    const write = async (text: string) => Number((await client.query<{ id: string }>(text)).rows[0]?.id);
    return {
      note: await write(`insert into notes (body) values ('later') returning id`),
      invoice: await write('insert into billing.invoices (amount) values (1) returning id'),
      draft: await write(`insert into drafts (body) values ('1') returning id`),
    };
  });

/** The SQLSTATE of what a statement is refused with; nothing when it is not. */
export const refusalOf = (connection: string, ...statements: readonly string[]) =>
  withClient(connection, async (client) => {
    for (const statement of statements) await client.query(statement);
  }).then(
    () => undefined,
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
  );

export const hostOf = (connection: string) => new URL(connection).host;

/** Waits until a run is at that step. */
export const atStep = (t: TestTenantry, { workflowId, runId }: OperationHandle<unknown>, name: string) =>
  eventually(`"${name}" is under way`, async () => {
    const steps = await t.temporal.workflow.getHandle(workflowId, runId).query<StepProgress[]>('progress');
    return steps.some((step) => step.name === name && step.status === 'running');
  });

type MoveRequest = NonNullable<Parameters<TestTenantry['tenantry']['start']['move']>[1]>;

/**
 * Starts a move, and holds it in the copy: writes are closed by then, and nothing is copied yet. The held one is let go by
 * `release`.
 */
export async function moveHeldInCopy(
  t: TestTenantry,
  connection: string,
  request: MoveRequest = {},
  id = 'acme',
) {
  const live = await t.tenantry.get(id);
  const before = await holdTurn((live && (await t.catalog.secrets.open(live, 'owner'))) ?? '');
  const handle = await t.tenantry.start.move(id, request);
  await atStep(t, handle, 'close writes');
  const owner = await nextOwner(t, id);
  const held = await holdTurn(owner);
  await before.release();
  await atStep(t, handle, 'copy');
  return { handle, next: loginAt(owner, connection), release: held.release };
}

/** The owner's address in the project that the tenant is being moved to. */
async function nextOwner(t: TestTenantry, id: string): Promise<string> {
  const tenant = await t.tenantry.get(id);
  if (tenant === undefined) throw new Error('there is no tenant');
  const side = (await t.catalog.projects.list(tenant)).find(({ role }) => role === 'next');
  return (await t.catalog.secrets.open(tenant, `project:${side?.neonId}`)) ?? '';
}
