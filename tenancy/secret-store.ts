import type { TenantId } from './tenant-id.js';

/**
 * The kinds of which a tenant has at most one secret: its owner's login, its application's, and the one that a
 * rotation installs.
 */
export const singleSecretKinds = ['owner', 'app', 'next'] as const;

/**
 * `branch:…` is the login of the branch with that name; `project:…` is the owner of a project that is not live, by
 * its id.
 */
export type SecretKind = (typeof singleSecretKinds)[number] | `branch:${string}` | `project:${string}`;

/** The tenant that a secret belongs to. */
export interface SecretTenant {
  readonly fleet: string;
  readonly id: TenantId;
}

/**
 * Where the tenants' secrets live. A secret is a whole connection string. Without a store of its own, a fleet's
 * secrets are sealed in the catalog.
 *
 * Every method may be called again after it succeeded, failed or was interrupted: callers retry. A store throws
 * {@link SecretStoreError} when it knows whether a retry helps, and never puts a secret into an error.
 */
export interface SecretStore {
  /** Stores a secret, replacing one of the same kind. From here on all readers get this one. */
  put(tenant: SecretTenant, kind: SecretKind, secret: string): Promise<void>;
  /**
   * Stores a secret unless there already is one, and returns the stored one: two concurrent calls get the same. A
   * removed secret does not count.
   */
  keep(tenant: SecretTenant, kind: SecretKind, secret: string): Promise<string>;
  /** Returns the secret; `undefined` when there is none. */
  open(tenant: SecretTenant, kind: SecretKind): Promise<string | undefined>;
  /** Removes one secret, if there is one. */
  remove(tenant: SecretTenant, kind: SecretKind): Promise<void>;
  /**
   * The kinds of stored secrets, with their times; no secret itself. {@link singleSecretKinds} are always current;
   * other kinds may appear with a delay.
   */
  kinds(tenant: SecretTenant): Promise<{ readonly kind: SecretKind; readonly sealedAt: Date }[]>;
  /** Removes all secrets of a tenant. */
  forget(tenant: SecretTenant): Promise<void>;
}

/** The store failed to do what was requested. The message says what to do, and contains no secret. */
export class SecretStoreError extends Error {
  override readonly name = 'SecretStoreError';

  constructor(
    message: string,
    /** Whether the failure is transient: the store is out of reach, or asks the client to wait. */
    readonly passing: boolean,
  ) {
    super(message);
  }
}

const methods = ['put', 'keep', 'open', 'remove', 'kinds', 'forget'] as const satisfies (keyof SecretStore)[];

export function isSecretStore(value: unknown): value is SecretStore {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Partial<Record<string, unknown>>;
  return methods.every((method) => typeof given[method] === 'function');
}
