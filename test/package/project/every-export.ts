import { defineFleet, type Fleet, isTenantId, type Plan, type SecretStore, type TenantState } from 'tenantry';
import { awsSecretsManager } from 'tenantry/aws-secrets-manager';
import { connectTenantry, type Tenant, type TenantryClient, TenantryError } from 'tenantry/client';
import { type NeonEmulator, startNeonEmulator } from 'tenantry/emulator';
import { createNeonClient, findProjectsNamed, NeonError, type NeonProject } from 'tenantry/neon';
import { startTestStack, type TestStack } from 'tenantry/testing';
import {
  createTenantryWorker,
  loadFleet,
  readWorkerConfiguration,
  type TenantryWorker,
} from 'tenantry/worker';
import * as workflows from 'tenantry/workflows';

export const plan: Plan['region'] = 'aws-us-east-1';
export const fleet: Fleet = defineFleet({ name: 'stranger', plans: { free: { region: plan } } });
export const store: SecretStore = awsSecretsManager({ prefix: 'stranger', recoveryDays: 30 });
// @ts-expect-error A store of secrets has more to it than that.
defineFleet({ name: 'stranger', plans: { free: { region: plan } }, secrets: { open: store.open } });
// @ts-expect-error A plan says its region: the types have arrived, and are no `any`.
defineFleet({ name: 'stranger', plans: { free: {} } });

export async function client(environment: Record<string, string>): Promise<TenantState | undefined> {
  const connected = await connectTenantry(fleet, environment);
  const tenantry: TenantryClient = connected.tenantry;
  const tenant: Tenant | undefined = await tenantry.get('acme');
  // @ts-expect-error
  tenant?.nothing;
  return tenant?.state;
}

export function codeOf(error: unknown): string | undefined {
  if (error instanceof TenantryError) return error.code;
  return error instanceof NeonError ? error.type : undefined;
}

export async function stack(): Promise<NeonProject[]> {
  const running: TestStack = await startTestStack({ config: 'tenantry.config.mjs', profile: 'fast' });
  const neon: NeonEmulator = await startNeonEmulator({ profile: 'realistic' });
  await running.stop();
  return findProjectsNamed(createNeonClient({ apiKey: neon.apiKey, host: neon.url }), 'acme');
}

type WorkerParts = Parameters<typeof createTenantryWorker>[0];

export async function worker(parts: WorkerParts): Promise<TenantryWorker> {
  const { TENANTRY_CONFIG } = readWorkerConfiguration(process.env);
  const read: Fleet = await loadFleet(TENANTRY_CONFIG);
  return createTenantryWorker({ ...parts, dependencies: { ...parts.dependencies, fleet: read } });
}

export const names: readonly string[] = Object.keys(workflows).filter(isTenantId);
