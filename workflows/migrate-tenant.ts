import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';

export interface MigrateInput extends OperationInput {
  /** The newest migration to be applied, without `.sql`. @default the newest that the worker has */
  readonly to?: string;
  /** Skip a database whose compute is asleep. @default false */
  readonly unlessAsleep?: boolean;
}

export interface MigratedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  /** The compute was asleep, and the database was skipped as requested: nothing was applied. */
  readonly asleep: boolean;
  /** The files that this run applied, in order, without `.sql`. */
  readonly applied: readonly string[];
  /** The newest migration that the database now has; absent if it has none, or is asleep. */
  readonly schemaVersion?: string;
  readonly seconds: number;
}

type StepName = 'check that it is awake' | 'migrate' | 'verify role';

/**
 * Applies the fleet's migrations to a tenant that is in use. There is nothing to undo: each file is a
 * transaction of its own, and a failed file leaves the database at the previous file.
 */
export function migrateTenant(input: MigrateInput): Promise<MigratedTenant> {
  const { to, unlessAsleep = false } = input;
  const { id } = input.tenant;
  return tenantOperation<StepName, MigratedTenant>(input, {
    operation: 'migrate',
    asked: { ...(to === undefined ? {} : { to }), ...(unlessAsleep ? { unlessAsleep } : {}) },
    names: [...(unlessAsleep ? (['check that it is awake'] as const) : []), 'migrate', 'verify role'],
    async run({ activities, step, held, project }) {
      if (unlessAsleep && (await step('check that it is awake', () => activities.isAsleep(project))))
        return { result: { id, state: 'ready', asleep: true, applied: [], seconds: secondsSoFar() } };
      const { applied, newest } = await step('migrate', () =>
        activities.applyMigrations({ ...held, ...(to === undefined ? {} : { to }) }),
      );
      // A migration may grant privileges and create logins.
      if (applied.length > 0) await step('verify role', () => activities.verifyAppRole(project));
      return {
        result: {
          id,
          state: 'ready',
          asleep: false,
          applied,
          ...(newest === undefined ? {} : { schemaVersion: newest }),
          seconds: secondsSoFar(),
        },
        change: { schemaVersion: newest ?? null },
      };
    },
  });
}

staysOnItsBuild(migrateTenant);
