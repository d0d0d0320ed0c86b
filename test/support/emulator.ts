import { chownSync, cpSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type NeonEmulator, type NeonEmulatorOptions, startNeonEmulator } from '../../emulator/index.js';
import { eventually } from './eventually.js';
import type { Ground } from './global-setup.js';

const callsReply = z.object({
  calls: z.array(z.object({ method: z.string(), path: z.string(), status: z.number() })),
});
const projectsReply = z.object({
  projects: z.array(z.object({ id: z.string(), name: z.string(), deleted_at: z.string().nullable() })),
});
const recordsReply = z.object({
  projects: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      deleted_at: z.string().nullable(),
      exceeded_quota: z.string().nullable(),
      busy: z.boolean(),
      branches: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          default: z.boolean(),
          expires_at: z.string().nullable(),
          compute: z.enum(['running', 'stopped']),
        }),
      ),
      endpoints: z.array(
        z.object({ id: z.string(), branch_id: z.string(), port: z.number(), current_state: z.string() }),
      ),
      snapshots: z.array(z.object({ id: z.string(), name: z.string(), expires_at: z.string().nullable() })),
    }),
  ),
});
const usageReply = z.object({
  usage: z.array(
    z.object({
      project_id: z.string(),
      branch_id: z.string(),
      hour: z.string(),
      compute_unit_seconds: z.number(),
      written_bytes: z.number(),
      transfer_bytes: z.number(),
      logical_bytes: z.number(),
    }),
  ),
});
const faultReply = z.object({ fault: z.object({ id: z.string() }) });
const faultsReply = z.object({ faults: z.array(z.object({ id: z.string(), struck: z.number() })) });

/** What a branch used in an hour, by the emulator's own books. */
export type UsageRecord = z.infer<typeof usageReply>['usage'][number];

/** Usage that no compute has had. */
export interface EnteredUsage {
  readonly project_id: string;
  /** @default the default branch */
  readonly branch_id?: string;
  readonly at: string;
  readonly active_seconds?: number;
  readonly compute_unit_seconds?: number;
  readonly written_bytes?: number;
  readonly transfer_bytes?: number;
  readonly logical_bytes?: number;
}

/** A project as the emulator keeps it. */
export type ProjectRecord = z.infer<typeof recordsReply>['projects'][number];

export interface FaultInput {
  readonly match: {
    readonly method?: string;
    readonly path?: string;
    /** Whose connections. */
    readonly project_id?: string;
    readonly times?: number;
    /** For how long it strikes, in milliseconds. @default `times`, which is once without it */
    readonly for_ms?: number;
  };
  readonly effect: { readonly kind: string } & Readonly<Record<string, unknown>>;
}

export interface AddedFault {
  /** @param withinMs for how long it is waited for. @default 20 s */
  struck(withinMs?: number): Promise<void>;
  lift(): Promise<void>;
}

/** An emulator of a test's own, and its control API in a test's words. */
export interface TestEmulator extends NeonEmulator {
  /** Every call since the start, as it was answered. */
  calls(): Promise<z.infer<typeof callsReply>['calls']>;
  /** Projects that are not deleted. */
  liveProjects(): Promise<{ id: string; name: string }[]>;
  /** All that is kept of projects, the deleted ones included. */
  records(): Promise<ProjectRecord[]>;
  /** Its books, apart from what its API makes of them. */
  usage(): Promise<UsageRecord[]>;
  enterUsage(usage: EnteredUsage): Promise<void>;
  /** What a fault holds goes on. */
  liftFaults(): Promise<void>;
  addFault(fault: FaultInput): Promise<AddedFault>;
}

export async function startTestEmulator(
  ground: Ground,
  folder: string,
  options: Partial<NeonEmulatorOptions> = {},
): Promise<TestEmulator> {
  const dataDir = path.join(folder, 'emulator');
  copyTemplate(ground.emulatorTemplate, dataDir);
  const emulator = await startNeonEmulator({ dataDir, postgres: ground.toolchain.postgres, ...options });
  const ask = async (method: string, route: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(emulator.controlUrl + route, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return response.status === 204 ? undefined : response.json();
  };
  return {
    ...emulator,
    calls: async () => callsReply.parse(await ask('GET', '/calls')).calls,
    async liveProjects() {
      const { projects } = projectsReply.parse(await ask('GET', '/projects'));
      return projects.filter(({ deleted_at }) => deleted_at === null);
    },
    records: async () => recordsReply.parse(await ask('GET', '/projects')).projects,
    usage: async () => usageReply.parse(await ask('GET', '/usage')).usage,
    enterUsage: async (usage) => void (await ask('POST', '/usage', usage)),
    liftFaults: async () => void (await ask('DELETE', '/faults')),
    async addFault(input) {
      const { fault } = faultReply.parse(await ask('POST', '/faults', input));
      const struck = async () => {
        const { faults } = faultsReply.parse(await ask('GET', '/faults'));
        return faults.find(({ id }) => id === fault.id)?.struck ?? 0;
      };
      return {
        struck: (withinMs) => eventually('the fault strikes', async () => (await struck()) > 0, withinMs),
        lift: async () => void (await ask('DELETE', `/faults/${fault.id}`)),
      };
    },
  };
}

/**
 * A data folder with the template made. The cluster that all others are copied from lies where it lay: nothing in it is ever
 * changed, and to copy or link its thousand files takes longer than to start the emulator.
 */
export function copyTemplate(template: string, dataDir: string): void {
  const [clusters, cluster] = ['clusters', path.join('clusters', 'template')];
  cpSync(template, dataDir, {
    recursive: true,
    filter: (source) => path.relative(template, source) !== cluster,
  });
  symlinkSync(path.join(template, cluster), path.join(dataDir, cluster));
  // It is the user's whom Postgres runs as.
  const { uid, gid } = statSync(path.join(template, clusters));
  chownSync(path.join(dataDir, clusters), uid, gid);
}
