import type { Subject } from './subject.js';

/** The names of the checks, as `--json` prints them. A name never changes. */
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
  | 'pools'
  | 'events'
  | 'neon'
  | 'neon-key'
  | 'neon-regions'
  | 'neon-limits'
  | 'neon-pace'
  | 'consumption-pace'
  | 'disk';

/** A precondition for bringing up tenants. A check changes nothing. */
export interface Check {
  readonly name: CheckName;
  /** The checks that must pass before this one can say anything. */
  readonly needs: readonly CheckName[];
  /** Returns the finding. A thrown error counts as a problem with the error's message. */
  make(subject: Subject): Promise<Outcome>;
}

export type Outcome =
  | { readonly status: 'ok'; readonly message: string }
  | {
      readonly status: 'problem';
      readonly message: string;
      /** The remedy. */
      readonly cure: string;
      /** The server did not respond: this may resolve itself without a change here. */
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
