import { badRequest, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { expiryAt } from '../../state/expiry.js';
import type { Branch } from '../../state/records.js';

const longestMs = 30 * 24 * 60 * 60 * 1000;

/** @throws NeonError 400 unless the time lies in the next 30 days. */
export function expiration(expires_at: string) {
  const left = Date.parse(expires_at) - Date.now();
  if (left <= 0) throw badRequest('expires_at must be in the future');
  if (left > longestMs) throw badRequest('expires_at must be at most 30 days in the future');
  return expiryAt(expires_at);
}

/** What others rely on does not end by itself: default, protected and parent branches. @throws NeonError 422 */
export function refuseExpiring(branch: Branch, { store }: Neon): void {
  if (branch.expires_at === undefined) return;
  if (branch.default) throw unprocessable('the default branch cannot expire');
  if (branch.protected) throw unprocessable('a protected branch cannot expire');
  if (store.of.branch.in(branch.project_id).some((child) => child.parent_id === branch.id))
    throw unprocessable('a branch that has children cannot expire');
}
