import { asMarkdownText } from './markdown.js';
import type { Progress, StepProgress } from './progress.js';

/** A wait of the run itself, rather than of an activity. */
export interface OwnWait {
  /** Words that continue "It waits: ". */
  readonly why: string;
  /** ISO 8601. */
  readonly until: string;
}

/**
 * An activity that has not ended: an attempt is running, or it waits for the next one. The run itself does not know
 * which.
 */
export interface ActivityInHand {
  /** The activity's type, as in Temporal's UI. */
  readonly name: string;
  /** ISO 8601. */
  readonly since: string;
}

const marks: Readonly<Record<StepProgress['status'], string>> = {
  waiting: '·',
  running: '▶',
  done: '✓',
  failed: '✗',
};

/** A run's progress and its current wait, as Markdown for its page in Temporal's UI. */
export function progressDetails(
  steps: Progress,
  waits: readonly OwnWait[],
  inHand: readonly ActivityInHand[],
): string {
  const rows = steps.map(({ name, status, startedAt, endedAt, until }) => {
    const took = startedAt && endedAt ? `${(Date.parse(endedAt) - Date.parse(startedAt)) / 1000} s` : '';
    const what = until === undefined ? name : `${name}, until ${until}`;
    return `| ${marks[status]} | ${asMarkdownText(what)} | ${startedAt?.slice(11, 23) ?? ''} | ${took} |`;
  });
  return [
    ...['| | step | began (UTC) | took |', '|---|---|---|---|', ...rows],
    ...waits.flatMap(({ why, until }) => ['', `**It waits:** ${asMarkdownText(why)}, until ${until}`]),
    ...inHand.flatMap(({ name, since }) => [
      '',
      `**In hand** since ${since.slice(11, 19)} UTC: \`${name}\`. If it is tried again, Pending Activities says why, and when next`,
    ]),
  ].join('\n');
}
