/** The orders that tenants are listed in: by a field, and backwards with a minus before it. Ids compare by code point. */
export const tenantSorts = ['id', '-id', 'createdAt', '-createdAt', 'updatedAt', '-updatedAt'] as const;

export type TenantSort = (typeof tenantSorts)[number];
