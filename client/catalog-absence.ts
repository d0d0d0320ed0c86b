import type { Wait } from '../tenancy/progress.js';
import { onOneLine } from '../tenancy/redact.js';
import type { ProgressFeed } from './progress-feed.js';

/** That the catalog does not answer, where it does not: nobody can tell how far anything is, and workers cannot go on. */
export function catalogAbsence({ silence }: Pick<ProgressFeed, 'silence'>): Wait | undefined {
  if (silence === undefined) return undefined;
  if (isNotMigrated(silence)) {
    return {
      reason: 'no worker has started yet: the catalog is made by the first one',
      type: 'NoWorker',
      attempts: 0,
    };
  }
  return { reason: `the catalog does not answer (${why(silence)})`, type: 'NoCatalog', attempts: 0 };
}

/** SQLSTATEs: there is no such table, or no such schema. */
function isNotMigrated(error: unknown): boolean {
  return /^(42P01|3F000)$/.test(String(Object(error).code));
}

/** A name with several addresses fails as often, and says nothing itself. */
function why(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(why).join('; ');
  return onOneLine(error instanceof Error ? error.message : String(error));
}
