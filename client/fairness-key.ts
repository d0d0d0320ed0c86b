import { createHash } from 'node:crypto';

/**
 * What Temporal tells customers apart by: it takes turns among the keys of a backlog. It is a digest, because a key has
 * at most 64 bytes, and whoever may look at the namespace sees it.
 */
export function fairnessKey(fleet: string, customer: string): string {
  return createHash('sha256')
    .update(JSON.stringify([fleet, customer]))
    .digest('base64url')
    .slice(0, 22);
}
