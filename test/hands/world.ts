import type { Fleet } from '../../tenancy/fleet.js';
import { startWorkerOf } from '../deploys/releases.js';
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
  readonly console: NeonConsole;
  readonly witness: Witness;
  stop(): Promise<void>;
}

export async function startWorld(id: string): Promise<World> {
  const t = await startTenantry({ fleet: { timings } });
  await t.writeMigration('0001_notes.sql', 'create table notes (text text);\n');
  const workers = new Workers(t);
  await workers.come();
  return {
    t,
    id,
    workers,
    console: new NeonConsole(t.emulator),
    witness: new Witness(),
    async stop() {
      await workers.leave();
      await t.stop();
    },
  };
}

/** All workers of an installation, which come and leave together. */
export class Workers {
  readonly #t: TestTenantry;
  #present: { stop(): Promise<void> } | undefined;

  constructor(t: TestTenantry) {
    this.#t = t;
  }

  /** @param fleet Whose workers they are. @default the installation's own */
  async come(fleet: Fleet = this.#t.fleet): Promise<void> {
    await this.leave();
    this.#present = await startWorkerOf(this.#t, fleet);
  }

  async leave(): Promise<void> {
    const present = this.#present;
    this.#present = undefined;
    await present?.stop();
  }
}
