// Twelve tenants, three rollouts: one that goes well, one that a canary stops, and one that is mended and tried again.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectTenantry } from 'tenantry/client';
import { startTestStack } from 'tenantry/testing';

const here = import.meta.dirname;
const migrations = await mkdtemp(path.join(tmpdir(), 'notes-'));
await cp(path.join(here, 'migrations'), migrations, { recursive: true });
// The fleet's file reads it, here and in the worker.
process.env.NOTES_MIGRATIONS = migrations;
const { default: fleet } = await import('./tenantry.config.mjs');

console.log('Starting Temporal, Postgres, the emulator of Neon and a worker …');
const stack = await startTestStack({ config: path.join(here, 'tenantry.config.mjs') });
const { tenantry, close } = await connectTenantry(fleet, { ...process.env, ...stack.environment });

/** Runs a rollout to where nothing more happens by itself, and says how far it is on the way. */
async function follow(rollout) {
  for await (const { state, counts, wave } of rollout.follow()) {
    const { succeeded, failed, waiting, running } = counts;
    console.log(
      `  ${state}, wave ${wave + 1}: ${succeeded} done, ${failed} failed, ${running} running, ${waiting} waiting`,
    );
  }
  for await (const { tenantId, reason } of rollout.report({ states: ['failed'] }))
    console.log(`  ${tenantId}: ${reason.message} (SQLSTATE ${reason.sqlState})`);
}

try {
  const ids = Array.from({ length: 12 }, (_, at) => `customer-${String(at + 1).padStart(2, '0')}`);
  await Promise.all(ids.map((id) => tenantry.execute.onboard({ id })));
  console.log(
    `${ids.length} tenants are ready, each with a Postgres of its own. In Temporal's UI: ${stack.uiUrl}`,
  );

  console.log('\nA new column for all of them: a canary of one, then a quarter, then the rest.');
  await writeFile(path.join(migrations, '0002_pinned.sql'), 'alter table notes add column pinned boolean;\n');
  await follow(
    await tenantry.fleet.start({ verb: 'migrate', waves: [{ size: 1 }, { size: '25%' }, {}], parallel: 4 }),
  );
  console.log('  by migration:', await tenantry.fleet.schema());

  console.log('\nA rule that two tenants break. It stops at the first of them, and nobody else is touched.');
  for (const id of ['customer-03', 'customer-07']) {
    const pool = await tenantry.pool(id);
    await pool.query("insert into notes (body) values ('twice'), ('twice')");
  }
  await writeFile(path.join(migrations, '0003_unique.sql'), 'alter table notes add unique (body);\n');
  const rollout = await tenantry.fleet.start({
    verb: 'migrate',
    waves: [{ where: { idPrefix: 'customer-03' } }, {}],
    parallel: 4,
  });
  await follow(rollout);

  console.log('\nWith room for both, everybody else gets it.');
  await rollout.resume({ maxFailures: 2 });
  await follow(rollout);

  console.log('\nThe two are mended, and have another turn.');
  for (const id of ['customer-03', 'customer-07']) {
    const pool = await tenantry.pool(id);
    await pool.query('delete from notes');
  }
  await rollout.retryFailed();
  await follow(rollout);
  console.log('  by migration:', await tenantry.fleet.schema());

  const pool = await tenantry.pool('customer-07', { schema: { atLeast: '0003' } });
  const { rows } = await pool.query("insert into notes (body) values ('once') returning body");
  console.log('\ncustomer-07 has what the application needs:', rows);
} finally {
  await close();
  await stack.stop();
  await rm(migrations, { recursive: true });
}
