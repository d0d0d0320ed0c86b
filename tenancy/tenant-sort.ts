/** The sort orders of tenant lists: by a field, descending with a minus before it. Ids compare by code point. */
export const tenantSorts = ['id', '-id', 'createdAt', '-createdAt', 'updatedAt', '-updatedAt'] as const;

export type TenantSort = (typeof tenantSorts)[number];
