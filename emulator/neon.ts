import type { KeyUse } from './api/key-use.js';
import type { Computes } from './compute/computes.js';
import type { Gateway } from './compute/gateway.js';
import type { IdleWatch } from './compute/idle.js';
import type { Graveyard } from './graveyard.js';
import type { Lifetimes } from './lifetimes.js';
import type { Limits } from './limits.js';
import type { AvailabilityChecker } from './operations/availability-checker.js';
import type { Engine } from './operations/engine.js';
import type { SslMode } from './options.js';
import type { Account } from './state/records.js';
import type { Store } from './state/store.js';
import type { Timings } from './timings.js';
import type { Enforcer } from './usage/enforcer.js';
import type { Meter } from './usage/meter.js';

/** What connection strings say of the way in. */
export interface Address {
  readonly host: string;
  /** When there is one, each endpoint has a name of its own below it. */
  readonly domain: string | undefined;
  readonly sslmode: SslMode;
  readonly caFile: string;
}

/** The parts of the emulated Neon that its routes work with. */
export interface Neon {
  readonly account: Account;
  readonly store: Store;
  readonly engine: Engine;
  readonly computes: Computes;
  readonly gateway: Gateway;
  readonly idle: IdleWatch;
  readonly graveyard: Graveyard;
  readonly lifetimes: Lifetimes;
  readonly meter: Meter;
  readonly enforcer: Enforcer;
  readonly checker: AvailabilityChecker;
  readonly keyUse: KeyUse;
  readonly timings: Timings;
  readonly limits: Limits;
  readonly plan: string;
  readonly address: Address;
}
