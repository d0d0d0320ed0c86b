import { once } from 'node:events';
import type { Fleet } from '../../tenancy/fleet.js';
import type { Timings } from '../../tenancy/timings.js';
import { defaultSlots } from '../../worker/slots.js';
import { startWorkerOf } from '../deploys/releases.js';
import { eventually } from '../support/eventually.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { Witness } from './auditor/witness.js';
import { NeonConsole } from './neon-console.js';

/** Limits on the work of steps, each of which the workers are now and then away for longer than. */
const deadlines = {
  databaseDeadline: 6_000,
  migrationsDeadline: 6_000,
  hookDeadline: 6_000,
  exportDeadline: 6_000,
  copyDeadline: 12_000,
} as const;

/** Longer than every deadline. */
export const absenceMs = Math.max(...Object.values(deadlines)) + 1_000;

/** Longer than anybody waits for an answer of Neon's. */
export const lateMs = 1_800;

const timings = {
  ...quickTimings,
  ...deadlines,
  neonCall: 1_500,
  // How long Neon takes for its own work is this machine's affair, which may be busy with much else.
  operationDeadline: 30_000,
  rotationOverlap: 100,
  // Looked for again after a quarter of a second, and after six.
  createLook: 250,
  // What Neon was too busy for comes again after a second.
  sweep: 1_000,
  moveGrace: 1_000,
  offboardingGrace: 200,
};

/** An installation with one tenant, in which a hand that is laid on it can touch nothing else. */
export interface World {
  readonly t: TestTenantry;
  readonly id: string;
  readonly workers: Workers;
  readonly lingering: Lingering;
  readonly console: NeonConsole;
  readonly witness: Witness;
  stop(): Promise<void>;
}

export async function startWorld(id: string, more: Partial<Timings> = {}): Promise<World> {
  const t = await startTenantry({ fleet: { timings: { ...timings, ...more } } });
  await t.writeMigration('0001_notes.sql', 'create table notes (text text);\n');
  const lingering = new Lingering(t);
  const workers = new Workers(t, lingering);
  await workers.come();
  return {
    t,
    id,
    workers,
    lingering,
    console: new NeonConsole(t.emulator),
    witness: new Witness(),
    async stop() {
      lingering.letGo();
      await workers.leave();
      await t.stop();
    },
  };
}

/** All workers of an installation, which come and leave together. */
export class Workers {
  readonly #t: TestTenantry;
  readonly #lingering: Lingering;
  #present: { stop(): Promise<void> } | undefined;

  constructor(t: TestTenantry, lingering: Lingering) {
    this.#t = t;
    this.#lingering = lingering;
  }

  /** @param fleet Whose workers they are. @default the installation's own */
  async come(fleet: Fleet = this.#t.fleet): Promise<void> {
    await this.leave();
    const leaving = new AbortController();
    const linger = () => this.#lingering.linger(leaving.signal);
    const worker = await startWorkerOf(this.#t, fleet, { activities: { linger } });
    this.#present = {
      stop() {
        leaving.abort();
        return worker.stop();
      },
    };
  }

  async leave(): Promise<void> {
    const present = this.#present;
    this.#present = undefined;
    await present?.stop();
  }
}

/** Activities of the user's own, as many as a worker has slots for them and some more; each takes until all are let go. */
export class Lingering {
  readonly #t: TestTenantry;
  readonly #over = new AbortController();
  #begun = 0;

  constructor(t: TestTenantry) {
    this.#t = t;
  }

  /** Comes back once a worker has no slot left for another. */
  async begin(): Promise<void> {
    if (this.#begun > 0) throw new Error('they linger already');
    const { temporal, taskQueue } = this.#t;
    const start = (_: unknown, index: number) =>
      temporal.activity.start('linger', {
        id: `linger/${taskQueue}/${index}`,
        taskQueue,
        scheduleToCloseTimeout: '1 hour',
        retry: { initialInterval: '1 second', backoffCoefficient: 1 },
      });
    await Promise.all(Array.from({ length: defaultSlots.own + 10 }, start));
    await eventually('all slots are taken', async () => this.#begun >= defaultSlots.own);
  }

  /** The activity itself. Where its worker leaves, it begins again with the next. */
  async linger(leaving: AbortSignal): Promise<void> {
    this.#begun += 1;
    const ends = AbortSignal.any([this.#over.signal, leaving]);
    if (!ends.aborted) await once(ends, 'abort');
    if (!this.#over.signal.aborted) throw new Error('its worker leaves');
  }

  letGo(): void {
    this.#over.abort();
  }
}
