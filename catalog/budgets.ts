import { type Kysely, sql } from 'kysely';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/** A warning about one budget in one month. */
export interface BudgetWarning {
  readonly period: string;
  readonly usd: number;
  readonly percent: number;
}

export interface BudgetStop {
  readonly tenantId: TenantId;
  readonly period: string;
  readonly usd: number;
  readonly spentUsd: number;
  readonly stoppedAt: Date;
}

export interface Budgets {
  /** The warnings that were given in a month. */
  warned(
    fleet: string,
    period: string,
  ): Promise<readonly (BudgetWarning & { readonly tenantId: TenantId })[]>;
  /** Whether a warning was already given; if not, the caller is about to give it. */
  wasWarned(key: TenantKey, warning: BudgetWarning): Promise<boolean>;
  noteWarned(key: TenantKey, warning: BudgetWarning): Promise<void>;
  /** Tenants that are suspended for their budget, or are about to be. */
  stops(fleet: string): Promise<readonly BudgetStop[]>;
  noteStop(key: TenantKey, stop: Omit<BudgetStop, 'tenantId' | 'stoppedAt'>): Promise<void>;
  forgetStop(key: TenantKey): Promise<void>;
}

export function createBudgets(db: Kysely<CatalogSchema>): Budgets {
  return {
    async warned(fleet, period) {
      const rows = await db
        .selectFrom('budget_warnings')
        .selectAll()
        .where('fleet', '=', fleet)
        .where('period', '=', period)
        .where('told_at', 'is not', null)
        .execute();
      return rows.map(({ tenant_id, period, usd, percent }) => ({
        tenantId: tenant_id,
        period,
        usd,
        percent,
      }));
    },
    async wasWarned({ fleet, id }, warning) {
      const row = await db
        .insertInto('budget_warnings')
        .values({ fleet, tenant_id: id, ...warning })
        .onConflict((conflict) =>
          conflict
            .columns(['fleet', 'tenant_id', 'period', 'usd', 'percent'])
            .doUpdateSet({ told_at: sql`budget_warnings.told_at` }),
        )
        .returning('told_at')
        .executeTakeFirstOrThrow();
      return row.told_at !== null;
    },
    async noteWarned({ fleet, id }, { period, usd, percent }) {
      await db
        .updateTable('budget_warnings')
        .set({ told_at: sql<Date>`coalesce(told_at, now())` })
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', id)
        .where('period', '=', period)
        .where('usd', '=', usd)
        .where('percent', '=', percent)
        .execute();
    },
    async stops(fleet) {
      const rows = await db.selectFrom('budget_stops').selectAll().where('fleet', '=', fleet).execute();
      return rows.map(({ tenant_id, period, usd, spent_usd, stopped_at }) => ({
        tenantId: tenant_id,
        period,
        usd,
        spentUsd: spent_usd,
        stoppedAt: stopped_at,
      }));
    },
    async noteStop({ fleet, id }, { period, usd, spentUsd }) {
      await db
        .insertInto('budget_stops')
        .values({ fleet, tenant_id: id, period, usd, spent_usd: spentUsd })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'tenant_id']).doUpdateSet({ period, usd, spent_usd: spentUsd }),
        )
        .execute();
    },
    forgetStop: (key) => forgetBudgetStop(db, key),
  };
}

/** From here on no budget resumes the tenant: it is not suspended for a budget, or a person also wants it suspended. */
export async function forgetBudgetStop(db: Kysely<CatalogSchema>, { fleet, id }: TenantKey): Promise<void> {
  await db.deleteFrom('budget_stops').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
}
