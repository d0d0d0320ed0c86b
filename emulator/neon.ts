import type { Computes } from './compute/computes.js';
import type { Gateway } from './compute/gateway.js';
import type { IdleWatch } from './compute/idle.js';
import type { Graveyard } from './graveyard.js';
import type { Engine } from './operations/engine.js';
import type { Account } from './state/records.js';
import type { Store } from './state/store.js';
import type { Timings } from './timings.js';

/** The parts of the emulated Neon that its routes work with. */
export interface Neon {
  readonly account: Account;
  readonly store: Store;
  readonly engine: Engine;
  readonly computes: Computes;
  readonly gateway: Gateway;
  readonly idle: IdleWatch;
  readonly graveyard: Graveyard;
  readonly timings: Timings;
  /** The host that connection strings name. */
  readonly host: string;
}
