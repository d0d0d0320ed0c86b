import type { TenantId } from './tenant-id.js';

/** The kinds that a tenant has one of at most: its owner's login, its application's, and the one a rotation puts in place. */
export const singleSecretKinds = ['owner', 'app', 'next'] as const;

/** `branch:…` is the login of a branch of that name; `project:…` the owner of a project that is not the live one, by its id. */
export type SecretKind = (typeof singleSecretKinds)[number] | `branch:${string}` | `project:${string}`;

/** Whose a secret is. */
export interface SecretTenant {
  readonly fleet: string;
  readonly id: TenantId;
}

/**
 * Where the tenants' secrets live. A secret is a whole connection string. Without a store of its own, a fleet's secrets
 * are sealed in the catalog.
 *
 * Every method may be called again after it succeeded, failed or was cut short: whoever calls tries again. A store throws
 * {@link SecretStoreError} where it can tell whether that helps, and never puts a secret into an error.
 */
export interface SecretStore {
  /** Keeps a secret in the place of the one of that kind, if there is one. Read from here on, by anybody. */
  put(tenant: SecretTenant, kind: SecretKind, secret: string): Promise<void>;
  /**
   * Keeps a secret unless there is one already, and gives the one that is kept: of two attempts at the same time, both
   * get the same. One that was forgotten is none.
   */
  keep(tenant: SecretTenant, kind: SecretKind, secret: string): Promise<string>;
  /** The secret; `undefined` when there is none. */
  open(tenant: SecretTenant, kind: SecretKind): Promise<string | undefined>;
  /** Forgets one secret, if there is one. */
  remove(tenant: SecretTenant, kind: SecretKind): Promise<void>;
  /**
   * Which kinds there are, and since when: nothing secret. Of {@link singleSecretKinds} as they are now; others may be
   * seen late.
   */
  kinds(tenant: SecretTenant): Promise<{ readonly kind: SecretKind; readonly sealedAt: Date }[]>;
  /** Forgets all secrets of a tenant. */
  forget(tenant: SecretTenant): Promise<void>;
}

/** The store did not do what it was asked for. The message says what to do, and holds no secret. */
export class SecretStoreError extends Error {
  override readonly name = 'SecretStoreError';

  constructor(
    message: string,
    /** It may pass by itself: the store is out of reach, or asks for patience. */
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
