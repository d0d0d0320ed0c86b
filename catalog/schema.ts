import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { TenantState } from '../tenancy/lifecycle.js';
import type { TenantId } from '../tenancy/tenant-id.js';

/** Why a tenant is in the state `failed`: the failure's type and its sentence. */
export interface FailureReason {
  readonly type: string;
  readonly message: string;
}

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;

export interface TenantsTable {
  fleet: string;
  id: TenantId;
  state: TenantState;
  plan: string;
  project_name: string;
  app_role: string;
  project_id: string | null;
  create_posted_at: Date | null;
  create_posts: Generated<number>;
  schema_version: string | null;
  run_id: string;
  failure: JSONColumnType<FailureReason> | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  ready_at: Date | null;
}

export type SecretKind = 'owner' | 'app';

export interface SecretsTable {
  fleet: string;
  tenant_id: TenantId;
  kind: SecretKind;
  key_id: string;
  nonce: Buffer;
  ciphertext: Buffer;
  sealed_at: Timestamp;
}

export interface InstallationTable {
  id: string;
}

/** The tables of `migrations/`, as Kysely sees them. */
export interface CatalogSchema {
  installation: InstallationTable;
  tenants: TenantsTable;
  secrets: SecretsTable;
}
