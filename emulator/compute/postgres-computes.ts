import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Cluster, type Postgres, startCluster } from '../../postgres/index.js';
import type { Branch, Project } from '../state/records.js';
import { atMost } from './at-most.js';
import { BranchData } from './branch-data.js';
import { type Computes, socketPath } from './computes.js';
import { type Measure, markStart, measure } from './measure.js';
import { OneAtATime } from './one-at-a-time.js';
import { reconcile } from './reconcile.js';
import { limitSize } from './size-limit.js';
import { sweepRoom } from './sweep.js';
import { type ClusterRoom, smallLog, superuser } from './template.js';
import { verifierIn } from './verifier-in.js';

/** A real Postgres for every branch. Whatever concerns one branch happens one after the other. */
export function postgresComputes(
  postgres: Postgres,
  room: ClusterRoom,
  /** Told when a compute has ended without being asked to. */
  onCrash: (branchId: string) => void,
  /** Told what a compute has used when it is about to stop. */
  onStop: (branchId: string, last: Measure) => void,
): Computes {
  const running = new Map<string, Cluster>();
  const turns = new OneAtATime();
  const heavy = atMost(availableParallelism());
  const data = new BranchData(postgres, room);

  async function up(project: Project, branch: Branch): Promise<Cluster> {
    const known = running.get(branch.id);
    if (known !== undefined) return known;
    await data.remember(branch, project.history_retention_seconds);
    const cluster = await heavy('front', () =>
      startCluster({
        postgres,
        dataDir: data.dirOf(branch),
        superuser,
        password: room.password,
        durability: 'process',
        settings: {
          ...smallLog,
          extension_control_path: room.extensionControlPath,
          ...data.history.settingsFor(data.dirOf(branch)),
          wal_level: project.settings.enable_logical_replication === true ? 'logical' : 'replica',
        },
      }),
    );
    // A cluster that ends at once is found out by whoever needs it.
    await markStart(cluster).catch(() => {});
    running.set(branch.id, cluster);
    void cluster.exited.then(() => {
      // `down` forgets a cluster before it stops it, so one that is still known has ended by itself.
      if (running.get(branch.id) !== cluster) return;
      running.delete(branch.id);
      onCrash(branch.id);
    });
    return cluster;
  }

  async function lookInto(branchId: string): Promise<Measure | undefined> {
    const cluster = running.get(branchId);
    // It may end while we look; then there is nothing to be seen any more.
    return cluster && measure(cluster).catch(() => undefined);
  }

  async function down(branchId: string, mode: 'fast' | 'immediate'): Promise<void> {
    const cluster = running.get(branchId);
    running.delete(branchId);
    await cluster?.stop(mode);
  }

  return {
    async createData(project, branch) {
      const remembers = project.history_retention_seconds > 0;
      const since = remembers ? Date.parse(branch.created_at) : undefined;
      await heavy('back', () => data.createEmpty(branch, since));
    },

    makeData(owner, making) {
      return turns.take(making.source.id, () =>
        heavy('front', () => data.make(owner, making, running.get(making.source.id))),
      );
    },

    destroyData(owner) {
      return turns.take(owner.id, async () => {
        await down(owner.id, 'immediate');
        await data.destroy(owner);
      });
    },

    hasData: (branch) => existsSync(data.dirOf(branch)),

    pastOf(branch) {
      return turns.take(branch.id, () => data.pastOf(branch, running.get(branch.id)));
    },

    forget(branch, olderThanSeconds) {
      return turns.take(branch.id, async () => {
        if (!running.has(branch.id)) await data.history.prune(data.dirOf(branch), olderThanSeconds);
      });
    },

    sweep: async (owners) => sweepRoom(room, owners),

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
      return turns.take(branch.id, async () => {
        const last = mode === 'fast' ? await lookInto(branch.id) : undefined;
        if (last !== undefined) onStop(branch.id, last);
        await down(branch.id, mode);
      });
    },

    socketOf(branchId) {
      const cluster = running.get(branchId);
      return cluster && socketPath(cluster.address);
    },

    async verifierOf(socket, role) {
      const cluster = [...running.values()].find(({ address }) => socketPath(address) === socket);
      return cluster && verifierIn(cluster, role);
    },

    measure: lookInto,

    limitSize(branchId, limitBytes) {
      return turns.take(branchId, async () => {
        const cluster = running.get(branchId);
        if (cluster !== undefined) await limitSize(cluster, limitBytes);
      });
    },

    async stopAll() {
      await turns.idle();
      await Promise.all([...running.keys()].map((branchId) => down(branchId, 'fast')));
    },
  };
}
