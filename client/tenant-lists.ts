import { z } from 'zod';
import type { Tenant } from '../catalog/tenant.js';
import type { PageRequest } from '../catalog/tenant-page.js';
import type { Tenants } from '../catalog/tenants.js';
import { type CheckedTenantFilter, type TenantFilter, tenantFilterSchema } from '../tenancy/tenant-filter.js';
import { type TenantSort, tenantSorts } from '../tenancy/tenant-sort.js';
import { RequestUnfitError } from './errors.js';
import { type FleetPlans, refuseUnknownPlans } from './known-plans.js';
import { readCursor, writeCursor } from './list-cursor.js';

/** Selects and orders tenants. */
export interface TenantQuery {
  /** @default all tenants of the fleet */
  readonly where?: TenantFilter | undefined;
  /** A field, with a minus before it for the reverse order. Ids compare by code point. @default `id` */
  readonly sort?: TenantSort | undefined;
}

export interface ListOptions extends TenantQuery {
  /** The most tenants, from 1 to 1,000. @default 100 */
  readonly limit?: number | undefined;
  /** The `next` of the previous page; it is only valid with the same `sort`. */
  readonly after?: string | undefined;
}

export interface TenantPage {
  readonly tenants: readonly Tenant[];
  /** The start of the next page, for `after`; absent on the last page. */
  readonly next?: string;
}

const largestPage = 1_000;

/** The page size of an iteration: large enough for few queries over a million tenants, small enough to hold in memory. */
const iteratedPage = 500;

const optionsSchema = z.strictObject({
  where: tenantFilterSchema.default({}),
  sort: z.enum(tenantSorts, { error: `is one of ${tenantSorts.join(', ')}` }).default('id'),
  limit: z
    .int({ error: `is a whole number from 1 to ${largestPage}` })
    .min(1, `is a whole number from 1 to ${largestPage}`)
    .max(largestPage, `is a whole number from 1 to ${largestPage}`)
    .default(100),
  after: z.string({ error: 'is a text' }).optional(),
});

/**
 * Tenants of one fleet, a page at a time. Throws `RequestUnfitError` for an invalid query, before it is sent, and
 * `UnknownPlanError` for a plan that the fleet does not have and no tenant is on.
 */
export class TenantLists {
  readonly #tenants: Pick<Tenants, 'page' | 'count'>;
  readonly #fleet: FleetPlans;

  constructor(tenants: Pick<Tenants, 'page' | 'count'>, fleet: FleetPlans) {
    this.#tenants = tenants;
    this.#fleet = fleet;
  }

  async page(options: ListOptions): Promise<TenantPage> {
    const asked = await this.#withKnownPlans(checked(options));
    const { tenants, next } = await this.#tenants.page(this.#fleet.name, asked);
    return { tenants, ...(next === undefined ? {} : { next: writeCursor(asked.sort, next) }) };
  }

  async *all(query: TenantQuery): AsyncGenerator<Tenant, void, undefined> {
    const asked = await this.#withKnownPlans(checked({ ...query, limit: iteratedPage }));
    let { after } = asked;
    do {
      const page = await this.#tenants.page(this.#fleet.name, { ...asked, after });
      yield* page.tenants;
      after = page.next;
    } while (after !== undefined);
  }

  async count(options: Omit<ListOptions, 'limit'>): Promise<number> {
    return this.#tenants.count(this.#fleet.name, await this.#withKnownPlans(checked(options)));
  }

  async #withKnownPlans(asked: PageRequest): Promise<PageRequest> {
    await refuseUnknownPlans(this.#tenants, this.#fleet, asked.filter);
    return asked;
  }
}

function checked(options: ListOptions): PageRequest & { readonly filter: CheckedTenantFilter } {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new RequestUnfitError(parsed.error.issues.map(sentence).join('; '));
  const { where: filter, sort, limit, after } = parsed.data;
  if (after === undefined) return { filter, sort, limit };
  const cursor = readCursor(after);
  if (cursor === undefined) throw new RequestUnfitError('"after" is not the "next" of a page');
  if (cursor.sort !== sort)
    throw new RequestUnfitError(`"after" belongs to the order "${cursor.sort}", not to "${sort}"`);
  return { filter, sort, limit, after: cursor.position };
}

function sentence({ code, path, message, ...issue }: z.core.$ZodIssue): string {
  const at = path.map(String).join('.');
  if (code === 'unrecognized_keys' && 'keys' in issue)
    return `${at === '' ? '' : `"${at}": `}there is no field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  return `"${at}" ${message}`;
}
