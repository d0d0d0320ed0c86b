import { z } from 'zod';
import type { Position } from '../catalog/tenant-page.js';
import { isStorable } from '../tenancy/storable.js';
import { type TenantSort, tenantSorts } from '../tenancy/tenant-sort.js';

const id = z.string().min(1).refine(isStorable);
const cursor = z.union([
  z.tuple([z.enum(tenantSorts), id]),
  // Postgres has no year 0.
  z.tuple([z.enum(tenantSorts), id, z.iso.datetime().regex(/^(?!0000)/)]),
]);

/** A position in a list, opaque to the caller. It contains the sort order, and is invalid in any other. */
export function writeCursor(sort: TenantSort, { id, time }: Position): string {
  return Buffer.from(JSON.stringify([sort, id, ...(time === undefined ? [] : [time])])).toString('base64url');
}

/** `undefined` for a text that `writeCursor` did not make. */
export function readCursor(
  text: string,
): { readonly sort: TenantSort; readonly position: Position } | undefined {
  const parsed = cursor.safeParse(jsonIn(text));
  if (!parsed.success) return undefined;
  const [sort, id, time] = parsed.data;
  const timed = !sort.endsWith('id');
  if (timed !== (time !== undefined)) return undefined;
  return { sort, position: { id, ...(time === undefined ? {} : { time }) } };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
