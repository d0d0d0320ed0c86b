import type { Subject } from './subject.js';

/** The checks' names, as `--json` prints them. A name once given stays. */
export type CheckName =
  | 'environment'
  | 'fleet'
  | 'migrations'
  | 'catalog'
  | 'catalog-schema'
  | 'seal-key'
  | 'roles'
  | 'plans'
  | 'temporal'
  | 'namespace'
  | 'search-attributes'
  | 'workers'
  | 'sweep'
  | 'reconcile'
  | 'metering'
  | 'backups'
  | 'events'
  | 'neon'
  | 'neon-key'
  | 'neon-regions'
  | 'neon-limits'
  | 'disk';

/** One thing that has to be well before tenants can be brought up. It looks, and changes nothing. */
export interface Check {
  readonly name: CheckName;
  /** Checks without which this one could say nothing. */
  readonly needs: readonly CheckName[];
  /** What is found. An error that is thrown counts as a problem with the error's message. */
  make(subject: Subject): Promise<Outcome>;
}

export type Outcome =
  | { readonly status: 'ok'; readonly message: string }
  | {
      readonly status: 'problem';
      readonly message: string;
      /** What to do about it. */
      readonly cure: string;
      /** Nobody answered: it may be well again without anybody changing anything here. */
      readonly unreachable?: true;
    }
  | { readonly status: 'skipped'; readonly message: string };

export type Result = Outcome & { readonly check: CheckName };

export const ok = (message: string): Outcome => ({ status: 'ok', message });

export const problem = (message: string, cure: string): Outcome => ({ status: 'problem', message, cure });

export const unreachable = (message: string, cure: string): Outcome => ({
  status: 'problem',
  message,
  cure,
  unreachable: true,
});
