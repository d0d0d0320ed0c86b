import { KeyUse } from './api/key-use.js';
import { Gateway } from './compute/gateway.js';
import { IdleWatch } from './compute/idle.js';
import { noComputes, noWaking } from './compute/no-computes.js';
import { postgresComputes } from './compute/postgres-computes.js';
import { clusterRoom } from './compute/template.js';
import { wake } from './compute/wake.js';
import { greet } from './control/connection-effects.js';
import type { Faults } from './control/faults.js';
import { closeEndpointPorts } from './endpoint-ports.js';
import { Graveyard } from './graveyard.js';
import { Lifetimes } from './lifetimes.js';
import { limitsOf } from './limits.js';
import type { Neon } from './neon.js';
import { AvailabilityChecker } from './operations/availability-checker.js';
import { Engine } from './operations/engine.js';
import type { NeonEmulatorOptions } from './options.js';
import { update } from './state/changes.js';
import type { Account } from './state/records.js';
import type { Store } from './state/store.js';
import { timingsOf } from './timings.js';
import { Activity } from './usage/activity.js';
import { Enforcer, refuseStart } from './usage/enforcer.js';
import { Meter } from './usage/meter.js';
import { type TlsIdentity, tlsIdentity } from './wire/certificate.js';

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
  const { postgres } = options;
  const computes =
    withComputes && postgres !== undefined
      ? postgresComputes(
          postgres,
          await clusterRoom(dataDir, postgres),
          (branchId) => markIdle(branchId, store),
          (branchId, last) => meter.measured(branchId, last),
        )
      : noComputes;
  const meter: Meter = new Meter(store, (endpointId) => gateway.sentOf(endpointId));
  const engine = new Engine({
    store,
    computes,
    timings,
    lifted: (faultId, signal) => faults.lifted(faultId, signal),
    refuseStart: (projectId) => refuseStart(projectId, { store, meter }),
    onEnd({ endpoint_id, project_id }) {
      if (endpoint_id !== undefined) idle.rearm(endpoint_id);
      for (const { id } of store.of.endpoint.in(project_id)) activity.happened(id);
    },
  });
  // A client cannot connect to "every address".
  const named = host === '0.0.0.0' ? '127.0.0.1' : host;
  const identity = await identityOf(dataDir, named, options.domain);
  const waking = { store, computes, engine, patienceMs: timings.connectPatience };
  const gateway: Gateway = new Gateway({
    host,
    wake: withComputes ? (endpointId) => wake(endpointId, waking) : noWaking,
    identity,
    verifierOf: computes.verifierOf,
    greet: (endpointId, client) => greet(faults, store.of.endpoint.get(endpointId), client),
    onQuiet: (endpointId) => idle.rearm(endpointId),
  });
  const visitorsOf = (endpointId: string) => gateway.visitorsOf(endpointId);
  const activity: Activity = new Activity({ visitorsOf, sentOf: (endpointId) => gateway.sentOf(endpointId) });
  const idle: IdleWatch = new IdleWatch({
    store,
    engine,
    visitorsOf,
    secondMs: timings.suspendSecond,
  });
  closeEndpointPorts(store, gateway);
  const lifetimes = new Lifetimes({ store, engine, computes, recoveryWindowMs: timings.recoveryWindow });
  const graveyard = new Graveyard({ store, computes, gateway });
  const { quotaInterval, meterInterval, availabilityCheckEvery } = timings;
  const intervals = { quotaIntervalMs: quotaInterval, meterIntervalMs: meterInterval };
  const enforcer = new Enforcer({ store, computes, meter, engine, activity, ...intervals });
  const checker = new AvailabilityChecker({ store, engine, everyMs: availabilityCheckEvery });
  const address = {
    host: named,
    domain: options.domain,
    sslmode: options.sslmode ?? 'disable',
    caFile: identity.caFile,
  };
  return {
    account,
    store,
    engine,
    computes,
    gateway,
    idle,
    graveyard,
    lifetimes,
    meter,
    enforcer,
    checker,
    keyUse: new KeyUse(),
    timings,
    limits: limitsOf(options.profile, options.limits),
    plan: options.plan ?? 'scale',
    address,
  };
}

/** Takes an assembled Neon apart again: no new work first, then what runs. */
export async function dismantle(neon: Neon): Promise<void> {
  const { idle, graveyard, lifetimes, checker, enforcer, meter, gateway, engine, computes, store } = neon;
  idle.stop();
  graveyard.stop();
  lifetimes.stop();
  checker.stop();
  await enforcer.stop();
  meter.flush();
  gateway.closeAll();
  await engine.stop();
  await computes.stopAll();
  await store.close();
}

/** Every name under which a client may come here. */
function identityOf(dataDir: string, host: string, domain: string | undefined): Promise<TlsIdentity> {
  const hosts = new Set(['localhost', '127.0.0.1', '::1', host]);
  return tlsIdentity(dataDir, domain === undefined ? [...hosts] : [...hosts, `*.${domain}`]);
}

/** A compute that has crashed is one at rest: the next connection starts it. */
function markIdle(branchId: string, store: Store): void {
  const endpoints = store.of.endpoint
    .all()
    .filter((endpoint) => endpoint.branch_id === branchId && endpoint.current_state === 'active');
  store.commit(endpoints.map((endpoint) => update('endpoint', endpoint, { current_state: 'idle' })));
}
