import {
  failureCures,
  type OperationStatus,
  type StepProgress,
  TemporalUnreachableError,
  type TenantryClient,
  type Wait,
} from 'tenantry/client';
import type { WorkspaceRow } from '../accounts/workspaces.js';
import { isOutage } from './outage.js';

export type Tenantry = TenantryClient;

/** How far a workspace is from its first opening. */
export type SettingUp =
  | { readonly kind: 'open' }
  | { readonly kind: 'under-way'; readonly steps: readonly StepProgress[]; readonly wait: Wait | undefined }
  /** What had been made is undone. */
  | { readonly kind: 'failed'; readonly reason: string; readonly cure: string };

/**
 * Where the workspace stands. One that nobody asked for yet is asked for now: a crash between the account and its workspace is made good
 * by the next visit. Asked for twice, it is one run.
 */
export async function settingUp(
  tenantry: Tenantry,
  workspace: Pick<WorkspaceRow, 'id' | 'plan'>,
): Promise<SettingUp> {
  try {
    const tenant = await tenantry.get(workspace.id);
    if (tenant === undefined) await startOnboarding(tenantry, workspace);
    else if (tenant.state === 'failed') {
      const { type, message } = tenant.failure ?? {
        type: 'Unexpected',
        message: 'It ended without a reason.',
      };
      return { kind: 'failed', reason: message, cure: failureCures[type] };
    } else if (tenant.state !== 'provisioning') return { kind: 'open' };
    const status = await tenantry.operationStatus(workspace.id);
    return { kind: 'under-way', steps: status === undefined ? [] : waiting(status), wait: status?.wait };
  } catch (error) {
    if (!isOutage(error)) throw error;
    const type = error instanceof TemporalUnreachableError ? 'NoTemporal' : 'NoCatalog';
    return { kind: 'under-way', steps: [], wait: { type, reason: error.message, attempts: 1 } };
  }
}

/** What the run waits for belongs to the step that it is at. */
function waiting({ steps, wait }: Pick<OperationStatus, 'steps' | 'wait'>): StepProgress[] {
  return steps.map((step) => (step.status === 'running' && wait !== undefined ? { ...step, wait } : step));
}

/** Asks for the tenant's Postgres. Resolves once that is durably accepted; workers do the rest. */
export async function startOnboarding(
  tenantry: Tenantry,
  { id, plan }: Pick<WorkspaceRow, 'id' | 'plan'>,
): Promise<void> {
  await tenantry.start.onboard({ id, plan });
}

/** The steps as they change, from the first; ends with the run. */
export async function* followSettingUp(
  tenantry: Tenantry,
  id: string,
): AsyncGenerator<readonly StepProgress[]> {
  const operation = await tenantry.lastOperation(id);
  if (operation === undefined) return;
  // Those that are still to come are known from the catalog; the run names the others as it begins them.
  const steps = new Map((await tenantry.operationStatus(id))?.steps.map((step) => [step.name, step]));
  for await (const step of operation.progress()) {
    steps.set(step.name, step);
    yield [...steps.values()];
  }
}

/** What each step is to the person who waits for it. */
const stepWords: Readonly<Record<string, string>> = {
  'create project': 'Creating a Postgres for your workspace alone',
  'prepare database': 'Preparing it to hold and search documents',
  publish: 'Opening the workspace',
};

/** What a step waits for, to the person who does. What it says itself is for whoever helps them. */
const waitWords: Partial<Record<Wait['type'], string>> = {
  NoWorker: 'Nothing works on it at present.',
  NoTemporal: 'What does the work is away.',
  NoCatalog: 'What keeps the list of workspaces is away.',
  CatalogUnavailable: 'What keeps the list of workspaces is away.',
  DatabaseUnreachable: 'The new database does not answer yet.',
  NeonUnavailable: 'Neon, where databases are made, does not answer just now.',
  NeonOutcomeUnknown: 'Neon, where databases are made, does not answer just now.',
  NeonRateLimited: 'Neon, where databases are made, has much to do.',
  NeonLocked: 'Neon is still at work on it.',
  NeonOperationPending: 'Neon is still at work on it.',
};

export function wordsOfWait({ type }: Pick<Wait, 'type'>): string {
  return waitWords[type] ?? 'Something that it needs is not there yet.';
}

export interface StepLine extends StepProgress {
  readonly words: string;
}

export function stepLines(steps: readonly StepProgress[]): StepLine[] {
  return steps.map((step) => ({
    ...step,
    words: stepWords[step.name] ?? `${step.name.charAt(0).toUpperCase()}${step.name.slice(1)}`,
  }));
}
