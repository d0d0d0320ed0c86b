import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Cluster,
  copyRunningCluster,
  copyStoppedCluster,
  giveTo,
  type Postgres,
  startCluster,
} from '../postgres/index.js';
import type { Branch, Project } from '../state/records.js';
import { atMost } from './at-most.js';
import { type Computes, socketPath } from './computes.js';
import { OneAtATime } from './one-at-a-time.js';
import { reconcile } from './reconcile.js';
import { type ClusterRoom, superuser } from './template.js';

/** A real Postgres for every branch. Whatever concerns one branch happens one after the other. */
export function postgresComputes(
  postgres: Postgres,
  room: ClusterRoom,
  /** Told when a compute has ended without being asked to. */
  onCrash: (branchId: string) => void,
): Computes {
  const running = new Map<string, Cluster>();
  const turns = new OneAtATime();
  const heavy = atMost(availableParallelism());
  const dataDirOf = (branch: Branch) => join(room.folder, branch.project_id, branch.id);

  function makeFolder(branch: Branch): void {
    const folder = dirname(dataDirOf(branch));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    giveTo(postgres.runAs, folder);
  }

  async function up(project: Project, branch: Branch): Promise<Cluster> {
    const known = running.get(branch.id);
    if (known !== undefined) return known;
    const cluster = await heavy('front', () =>
      startCluster({
        postgres,
        dataDir: dataDirOf(branch),
        superuser,
        password: room.password,
        durability: 'process',
        settings: {
          extension_control_path: room.extensionControlPath,
          wal_level: project.settings.enable_logical_replication === true ? 'logical' : 'replica',
        },
      }),
    );
    running.set(branch.id, cluster);
    void cluster.exited.then(() => {
      // `down` forgets a cluster before it stops it, so one that is still known has ended by itself.
      if (running.get(branch.id) !== cluster) return;
      running.delete(branch.id);
      onCrash(branch.id);
    });
    return cluster;
  }

  async function down(branchId: string, mode: 'fast' | 'immediate'): Promise<void> {
    const cluster = running.get(branchId);
    running.delete(branchId);
    await cluster?.stop(mode);
  }

  return {
    async createData(branch) {
      makeFolder(branch);
      await heavy('back', () => copyStoppedCluster(postgres, room.template, dataDirOf(branch)));
    },

    copyData(parent, child) {
      return turns.take(parent.id, async () => {
        makeFolder(child);
        const source = running.get(parent.id);
        if (source === undefined) await copyStoppedCluster(postgres, dataDirOf(parent), dataDirOf(child));
        else await copyRunningCluster(postgres, source, dataDirOf(child));
      });
    },

    destroyData(branch) {
      return turns.take(branch.id, async () => {
        await down(branch.id, 'immediate');
        rmSync(dataDirOf(branch), { recursive: true, force: true });
        rmSync(`${dataDirOf(branch)}.log`, { force: true });
        const folder = dirname(dataDirOf(branch));
        if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
      });
    },

    hasData: (branch) => existsSync(dataDirOf(branch)),

    start(project, branch, desired) {
      return turns.take(branch.id, async () => reconcile(await up(project, branch), desired));
    },

    apply(project, branch, desired) {
      return turns.take(branch.id, async () => {
        const wasRunning = running.has(branch.id);
        await reconcile(await up(project, branch), desired);
        if (!wasRunning) await down(branch.id, 'fast');
      });
    },

    stop(branch, mode = 'fast') {
      return turns.take(branch.id, () => down(branch.id, mode));
    },

    socketOf(branchId) {
      const cluster = running.get(branchId);
      return cluster && socketPath(cluster.address);
    },

    async stopAll() {
      await turns.idle();
      await Promise.all([...running.keys()].map((branchId) => down(branchId, 'fast')));
    },
  };
}
