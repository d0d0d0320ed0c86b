import type { Postgres } from './postgres/index.js';
import type { Profile, Timings } from './timings.js';

export interface NeonEmulatorOptions {
  /** State and data directories; made when missing. */
  readonly dataDir: string;
  /** Postgres 18 with pgvector. `runAs` is needed when we are root, for Postgres refuses to be. */
  readonly postgres: Postgres;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default a free port */
  readonly port?: number;
  /** The operations' clock. @default 'fast' */
  readonly profile?: Profile;
  /** Overrides single durations of the profile. */
  readonly timings?: Partial<Timings>;
  /** An organization key to accept. @default one made at the first start and kept */
  readonly apiKey?: string;
  /** `false` answers everything but SQL. @default true */
  readonly compute?: boolean;
}

export type KeyKind = 'personal' | 'organization' | 'project';

export interface NeonEmulator {
  /** `http://127.0.0.1:PORT/api/v2` */
  readonly url: string;
  /** `http://127.0.0.1:PORT/emulator` */
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly orgId: string;
  /** A key is shown once; only its hash is kept. @throws when a project key names no project. */
  createApiKey(kind: KeyKind, projectId?: string): Promise<string>;
  /** Stops answering, then every compute. State and data stay. */
  stop(): Promise<void>;
}
