import { z } from 'zod';
import { badRequest } from '../../errors.js';
import type { Branch } from '../../state/records.js';

type SortKey = 'name' | 'created_at' | 'updated_at';

const place = z.tuple([z.string(), z.string()]);

/**
 * Where in a sorted list a page has ended, in a form that asks not to be understood. It names the place and not the
 * branch, which may be gone or have moved when the next page is asked for.
 */
export function cursorAfter(branch: Branch, key: SortKey): string {
  return Buffer.from(JSON.stringify([branch[key], branch.id])).toString('base64url');
}

/** @throws NeonError 400 when the text is no such cursor. */
export function isBeyond(cursor: string, key: SortKey, order: 'asc' | 'desc'): (branch: Branch) => boolean {
  const [value, id] = placeIn(cursor);
  const later = (branch: Branch) => branch[key] > value || (branch[key] === value && branch.id > id);
  const same = (branch: Branch) => branch[key] === value && branch.id === id;
  return (branch) => (order === 'asc' ? later(branch) : !later(branch) && !same(branch));
}

export function inOrder(key: SortKey, order: 'asc' | 'desc'): (a: Branch, b: Branch) => number {
  const direction = order === 'asc' ? 1 : -1;
  return (a, b) => (a[key] < b[key] || (a[key] === b[key] && a.id < b.id) ? -direction : direction);
}

function placeIn(cursor: string): z.infer<typeof place> {
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw badRequest('cursor: must be one that a reply has given');
  }
}
