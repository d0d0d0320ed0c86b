import { TenantNotReadyError, type TenantryError, type TenantryErrorCode } from '../client/errors.js';
import { ownCommand } from '../local/own-command.js';
import { onOneLine } from '../tenancy/redact.js';
import { inShell } from './in-shell.js';

type Advice = readonly [what: string, ...words: string[]];

/** The most likely next command after an error that is not a failed operation. */
const advice: Partial<Record<TenantryErrorCode, (error: TenantryError) => Advice>> = {
  TENANT_NOT_FOUND: () => ['which there are', 'list'],
  BRANCH_NOT_FOUND: ({ tenantId = '' }) => ['which there are', 'branch', 'list', tenantId],
  SNAPSHOT_NOT_FOUND: ({ tenantId = '' }) => ['which there are', 'snapshot', 'list', tenantId],
  BUILD_NOT_FOUND: () => ['which there are', 'builds'],
  PROJECT_NOT_FOUND: () => ['which there are', 'reconcile', 'quarantine'],
  ENDPOINT_NOT_FOUND: () => ['which there are', 'events', 'endpoint', 'list'],
  EVENT_NOT_FOUND: () => ['which there are', 'events', 'list'],
  OPERATION_TERMINATED: ({ tenantId = '' }) => ['where it stands', 'show', tenantId],
  TENANT_BUSY: ({ tenantId = '' }) => ['to wait for that', 'wait', tenantId],
  TENANT_NOT_READY: (error) => {
    const { tenantId = '' } = error;
    const suspended = error instanceof TenantNotReadyError && error.state === 'suspended';
    return suspended ? ['to let it in again', 'resume', tenantId] : ['more of it', 'show', tenantId];
  },
};

/** A line with that command, as a person types it here; `undefined` when no command helps. */
export function nextCommand(error: TenantryError): string | undefined {
  const [what, ...words] = advice[error.code]?.(error) ?? [];
  if (what === undefined) return undefined;
  return `  ${what}: ${ownCommand} ${words.map((word) => inShell(onOneLine(word))).join(' ')}`;
}
