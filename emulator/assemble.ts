import { Gateway } from './compute/gateway.js';
import { IdleWatch } from './compute/idle.js';
import { noComputes, noWaking } from './compute/no-computes.js';
import { postgresComputes } from './compute/postgres-computes.js';
import { clusterRoom } from './compute/template.js';
import { wake } from './compute/wake.js';
import type { Faults } from './control/faults.js';
import { Graveyard } from './graveyard.js';
import type { Neon } from './neon.js';
import { Engine } from './operations/engine.js';
import type { NeonEmulatorOptions } from './options.js';
import { update } from './state/changes.js';
import type { Account } from './state/records.js';
import type { Store } from './state/store.js';
import { timingsOf } from './timings.js';

export interface Parts {
  readonly options: NeonEmulatorOptions;
  readonly dataDir: string;
  readonly host: string;
  readonly store: Store;
  readonly account: Account;
  readonly faults: Faults;
}

/** Puts the parts together. They know each other only by the functions they are given here. */
export async function assemble({ options, dataDir, host, store, account, faults }: Parts): Promise<Neon> {
  const timings = timingsOf(options.profile, options.timings);
  const withComputes = options.compute !== false;
  const computes = withComputes
    ? postgresComputes(options.postgres, await clusterRoom(dataDir, options.postgres), (branchId) =>
        markIdle(branchId, store),
      )
    : noComputes;
  const engine = new Engine({
    store,
    computes,
    timings,
    lifted: (faultId, signal) => faults.lifted(faultId, signal),
    onEnd({ endpoint_id }) {
      if (endpoint_id === undefined) return;
      if (store.of.endpoint.get(endpoint_id) === undefined) gateway.close(endpoint_id);
      else idle.rearm(endpoint_id);
    },
  });
  const waking = { store, computes, engine, patienceMs: timings.connectPatience };
  const gateway: Gateway = new Gateway({
    host,
    wake: withComputes ? (endpointId) => wake(endpointId, waking) : noWaking,
    onQuiet: (endpointId) => idle.rearm(endpointId),
  });
  const idle: IdleWatch = new IdleWatch({
    store,
    engine,
    visitorsOf: (endpointId) => gateway.visitorsOf(endpointId),
    secondMs: timings.suspendSecond,
  });
  const graveyard = new Graveyard({ store, computes, gateway });
  // A client cannot connect to "every address".
  const named = host === '0.0.0.0' ? '127.0.0.1' : host;
  return { account, store, engine, computes, gateway, idle, graveyard, timings, host: named };
}

/** Takes an assembled Neon apart again: no new work first, then what runs. */
export async function dismantle({ idle, graveyard, gateway, engine, computes, store }: Neon): Promise<void> {
  idle.stop();
  graveyard.stop();
  gateway.closeAll();
  await engine.stop();
  await computes.stopAll();
  await store.close();
}

/** A compute that has crashed is one at rest: the next connection starts it. */
function markIdle(branchId: string, store: Store): void {
  const endpoints = store.of.endpoint
    .all()
    .filter((endpoint) => endpoint.branch_id === branchId && endpoint.current_state === 'active');
  store.commit(endpoints.map((endpoint) => update('endpoint', endpoint, { current_state: 'idle' })));
}
