import type { Wait } from '../tenancy/progress.js';
import { onOneLine } from '../tenancy/redact.js';
import { CatalogNotMigratedError } from './errors.js';
import type { ProgressFeed } from './progress-feed.js';

/**
 * The wait for a catalog that does not respond: without it nobody can see an operation's progress, and workers cannot
 * continue. `undefined` while it responds.
 */
export function catalogAbsence({ silence }: Pick<ProgressFeed, 'silence'>): Wait | undefined {
  if (silence === undefined) return undefined;
  if (silence instanceof CatalogNotMigratedError) {
    return {
      reason: 'no worker has started yet: the catalog is made by the first one',
      type: 'NoWorker',
      attempts: 0,
    };
  }
  const reason = onOneLine(silence instanceof Error ? silence.message : String(silence));
  return { reason, type: 'NoCatalog', attempts: 0 };
}
