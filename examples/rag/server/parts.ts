import type { Writable } from 'node:stream';
import type { Accounts } from '../accounts/accounts.js';
import type { AtOnce } from './at-once.js';
import type { Cookie } from './cookies.js';
import type { fetchPage } from './fetch-page.js';
import type { Limits } from './limits.js';
import type { ModelChange } from './model-changes.js';
import type { Operator } from './operator.js';
import type { ReadProjectUse } from './project-use.js';
import type { Tenantry } from './setting-up.js';
import type { Workspace } from './workspace.js';

export interface AppOptions {
  readonly accounts: Accounts;
  readonly tenantry: Tenantry;
  /** The documents of a tenant. Connects to nothing yet. */
  readonly workspace: (tenantId: string) => Workspace;
  /** @default use is shown without what Neon meters */
  readonly readProjectUse?: ReadProjectUse | undefined;
  readonly fetchPage: typeof fetchPage;
  /** The changes of the embedding model that have not ended, for the operator's page. Wakes no compute. */
  readonly modelChanges: () => Promise<readonly ModelChange[]>;
  /** @default there is no operator's page */
  readonly operator?: Operator | undefined;
  /** Signs cookies, and what forms carry. */
  readonly secret: string;
  /** Where people reach the application. @default the host that a request asks */
  readonly origin?: string | undefined;
  /** So many proxies are in front. @default 0 */
  readonly proxies?: number;
  /** Where the log goes. @default nowhere */
  readonly logger?: boolean | { readonly stream: Writable };
}

/** What the routes share. */
export interface Parts extends AppOptions {
  readonly limits: Limits;
  /** Pages that follow something. */
  readonly streams: AtOnce;
  /** Each holds a file in memory. */
  readonly uploads: AtOnce;
  readonly sessionCookie: Cookie;
}
