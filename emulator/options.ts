import type { Postgres } from '../postgres/index.js';
import type { Limits } from './limits.js';
import type { Profile, Timings } from './timings.js';

export interface NeonEmulatorOptions {
  /** State and data directories; made when missing. */
  readonly dataDir: string;
  /**
   * Postgres 18 with pgvector. `runAs` is needed when we are root, for Postgres refuses to be. It may be absent when
   * `compute` is false.
   */
  readonly postgres?: Postgres;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default a free port */
  readonly port?: number;
  /** The operations' clock. @default 'fast' */
  readonly profile?: Profile;
  /** Overrides single durations of the profile. */
  readonly timings?: Partial<Timings>;
  /** Overrides single limits: `realistic` has Neon's limits of rate, and `fast` none at all. */
  readonly limits?: Partial<Limits>;
  /**
   * What connection strings ask for. `require` is what Neon's say, with channel binding; a driver that verifies
   * certificates then has to be given `caFile`.
   * @default 'disable'
   */
  readonly sslmode?: SslMode;
  /**
   * A domain whose every name leads to this machine. Hosts are then `ep-….domain:port`, and `ep-…-pooler.domain:port`,
   * as they are on Neon.
   * @default hosts are addresses
   */
  readonly domain?: string;
  /** The organization's plan, as the API calls it. `free_v3` has no consumption history. @default 'scale' */
  readonly plan?: string;
  /** An organization key to accept. @default one made at the first start and kept */
  readonly apiKey?: string;
  /** `false` answers everything but SQL. @default true */
  readonly compute?: boolean;
  /** Is given each call to the API, as it was answered: for a log. */
  readonly onCall?: (call: AnsweredCall) => void;
}

export interface AnsweredCall {
  readonly time: string;
  readonly method: string;
  readonly path: string;
  /** 0 when no answer was given. */
  readonly status: number;
  readonly request_id: string;
}

export type SslMode = 'disable' | 'require';

export type KeyKind = 'personal' | 'organization' | 'project';

export interface NeonEmulator {
  /** `http://127.0.0.1:PORT/api/v2` */
  readonly url: string;
  /** `http://127.0.0.1:PORT/emulator` */
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly orgId: string;
  /** The certificate that every endpoint shows, for a client that verifies it. */
  readonly caFile: string;
  /** A key is shown once; only its hash is kept. @throws when a project key names no project. */
  createApiKey(kind: KeyKind, projectId?: string): Promise<string>;
  /** Stops answering, then every compute. State and data stay. */
  stop(): Promise<void>;
}
