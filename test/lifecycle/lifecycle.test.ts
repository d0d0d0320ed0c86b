import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OperationHandle } from '../../client/index.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { whereIs } from '../support/where-is.js';
import { ask } from './ask.js';
import { startChaos } from './chaos.js';
import { after, cancelled, type Model, type Move, newcomer, sequence } from './model.js';

/** `npm run test:lifecycle` asks for 200; one is part of every run of the tests. */
const sequences = Number(process.env.LIFECYCLE_SEQUENCES ?? 1);
const lanes = Math.min(6, sequences);

/** As many as there were on a machine with nothing else to do: one in 7 s, and a sequence takes up to half a minute. */
const killsPerSequence = 4;

/** Every lane plays its sequences one after the other; one takes about a minute where others use the machine too. */
const timeoutMs = 240_000 + Math.ceil(sequences / lanes) * 60_000;

const timings = {
  ...quickTimings,
  databaseDeadline: 30_000,
  rotationOverlap: 100,
  moveGrace: 1_000,
  offboardingGrace: 200,
};

/** An operation that is open for longer is stuck, also on a machine with much else to do. */
const stuckAfterMs = 180_000;

let made = 0;

it(
  `no sequence of operations, cancelled and crashed at any moment, leads out of the table (${sequences} sequences)`,
  async () => {
    const t = await startTenantry({ fleet: { timings } });
    await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
    const chaos = await startChaos(t, killsPerSequence * sequences);
    const seed = Number(process.env.LIFECYCLE_SEED ?? Date.now() % 2 ** 31);
    const seeds = Array.from({ length: lanes }, (_, lane) => seed + lane);
    try {
      let broken = false;
      const lanesEnded = Promise.allSettled(
        seeds.map((laneSeed) =>
          fc.assert(
            fc.asyncProperty(sequence, async (moves) => {
              // Where one lane has found something, the others need not go on.
              if (broken) return;
              made += 1;
              await play(t, `p${made}`, moves).catch((error: unknown) => {
                broken = true;
                throw error;
              });
            }),
            { numRuns: Math.ceil(sequences / lanes), seed: laneSeed, endOnFailure: true },
          ),
        ),
      );
      for (const lane of await Promise.race([lanesEnded, chaos.failed]))
        if (lane.status === 'rejected') throw lane.reason;
    } finally {
      const kills = await chaos.stop();
      console.log(`${made} sequences of 10 operations, seeds ${seeds.join(', ')}, ${kills} workers killed`);
      await t.stop();
    }
  },
  timeoutMs,
);

async function play(t: TestTenantry, id: string, moves: readonly Move[]): Promise<void> {
  let model = newcomer;
  const told: string[] = [];
  for (const move of moves) {
    const next = await make(t, id, model, move);
    told.push(`${move.operation}${move.cancelAfter === undefined ? '' : ', cancelled'}: ${next.state}`);
    model = next;
    await expectAgreement(t, id, model, told);
  }
  // Whatever has become of it, it can be taken down and forgotten for good.
  if (model.state === 'none') return;
  if (model.state !== 'offboarded') await t.tenantry.execute.offboard(id, { graceMs: 0 });
  await t.tenantry.execute.erase(id);
  await expectAgreement(t, id, { ...model, state: 'none' }, [...told, 'offboard', 'erase: none']);
}

/** Makes one move, and answers where the tenant must be by then. */
async function make(t: TestTenantry, id: string, model: Model, move: Move): Promise<Model> {
  const { operation, cancelAfter } = move;
  const next = after(model, operation);
  let handle: OperationHandle<unknown>;
  try {
    handle = await ask(t, id, { operation, plan: model.plan });
  } catch (error) {
    if (next !== undefined) throw error;
    return model;
  }
  if (cancelAfter !== undefined) {
    await sleep(cancelAfter);
    await handle.cancel().catch(() => {});
  }
  const ended = handle.result().then(
    () => undefined,
    (error: unknown) => error,
  );
  const failed = await Promise.race([ended, sleep(stuckAfterMs, stuck, { ref: false })]);
  if (failed === stuck)
    throw new Error(
      `"${operation}" of ${id} has not ended after ${stuckAfterMs / 1_000} s: ${await whereIs(t, handle)}`,
    );
  if (failed === undefined) {
    if (next === undefined) throw new Error(`"${operation}" is not allowed in ${model.state}, and succeeded`);
    return next;
  }
  const { reason, code } = failed as { readonly reason?: { readonly type: string }; readonly code?: string };
  if (next === undefined || cannot.has(reason?.type ?? '')) return model;
  if (code === 'OPERATION_CANCELLED' && cancelAfter !== undefined) {
    const state = (await t.tenantry.get(id))?.state ?? 'none';
    const expected = cancelled(model, operation);
    return expected.find((one) => one.state === state) ?? (expected[0] as Model);
  }
  throw failed;
}

const stuck = Symbol('stuck');

/** There is no former project to go back to, or the like: refused, and nothing changed. */
const cannot: ReadonlySet<string> = new Set(['RequestUnfit', 'TenantStateConflict']);

/** The catalog, the emulator and Postgres say the same, and it is what the table says. */
async function expectAgreement(
  t: TestTenantry,
  id: string,
  { state, plan }: Model,
  told: readonly string[],
): Promise<void> {
  const tenant = await t.tenantry.get(id);
  const story = told.join('; ');
  expect(tenant?.state ?? 'none', story).toBe(state);
  if (tenant !== undefined && state === 'ready') expect(tenant.plan, story).toBe(plan);
  const live = (await t.emulator.liveProjects()).map((project) => project.id);
  const connects = await t.tenantry.connectionString(id).then(
    (connection) => withClient(connection, (client) => client.query('select 1')).then(() => true),
    () => false,
  );
  expect(connects, story).toBe(state === 'ready');
  if (state === 'ready' || state === 'suspended') {
    expect(live, story).toContain(tenant?.projectId);
  } else if (state !== 'offboarding' && state !== 'erasing') {
    const ours = (await t.emulator.liveProjects()).filter(({ name }) => name.includes(`-${id}-`));
    expect(ours, story).toEqual([]);
  }
}
