declare const brand: unique symbol;

/** A tenant's id as its owner writes it: any printable string of 1 to 128 characters. */
export type TenantId = string & { readonly [brand]: 'TenantId' };

/** In place of a tenant's id where there is none, as for a project in the pool. No tenant's id is empty. */
export const noTenant = '' as TenantId;

export const longestTenantId = 128;

/** Control, format, unassigned, private-use and surrogate characters, and line or paragraph separators. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * Describes what is wrong with a string as a tenant id, in one sentence; `undefined` when it is valid. Characters are
 * counted as code points, so an emoji is one.
 */
export function tenantIdProblem(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return `a tenant id is a string, not ${raw === null ? 'null' : typeof raw}`;
  const length = [...raw].length;
  if (length === 0) return 'a tenant id has at least one character';
  if (length > longestTenantId) {
    return `a tenant id has at most ${longestTenantId} characters, this one has ${length}`;
  }
  const found = raw.match(unprintable)?.[0];
  if (found === undefined) return undefined;
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `a tenant id has printable characters only, this one holds U+${code}`;
}

export function isTenantId(raw: unknown): raw is TenantId {
  return tenantIdProblem(raw) === undefined;
}
