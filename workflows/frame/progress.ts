import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { asMarkdownText } from '../../tenancy/markdown.js';
import { progressQueryName } from '../../tenancy/naming.js';
import { type Progress, type ReportedStep, reported, type StepProgress } from '../../tenancy/progress.js';
import { canBeGivenUp, nothingToGiveUp } from './give-up.js';

const progressQuery = defineQuery<Progress>(progressQueryName);

const marks: Readonly<Record<StepProgress['status'], string>> = {
  waiting: '·',
  running: '▶',
  done: '✓',
  failed: '✗',
};

/**
 * Runs one step and notes when it began and how it ended; `until` is the moment that it is going to wait for. One that was not
 * planned comes after all others.
 */
export type Step<Name extends string> = <T>(
  name: Name,
  work: () => Promise<T>,
  wait?: { readonly until: string },
) => Promise<T>;

/** How far a run has come, as it is shown and reported. */
export interface ProgressTracker {
  /** Begins anew, with these steps to come. */
  plan<Name extends string>(names: readonly Name[]): Step<Name>;
  /**
   * From here on the run holds its tenant, and what changes is reported: with the next activity, or by `note` when a step is going
   * to wait for a certain moment, before which no activity may come for days.
   */
  reportBy(note: () => Promise<void>): void;
  /** The steps, if they are reported and anything has changed since they were last asked for. */
  unreported(): readonly ReportedStep[] | undefined;
}

/**
 * Keeps a run's progress where a person and a program can see it: in the run's current details in the Temporal UI, in the
 * answer to the query `progress`, and with its activities in the catalog.
 */
export function trackProgress(): ProgressTracker {
  const steps = new Map<string, StepProgress>();
  let changed = false;
  let note: (() => Promise<void>) | undefined;
  const show = () => {
    changed = true;
    setCurrentDetails(tableOf([...steps.values()]));
  };
  const set = (name: string, change: Omit<StepProgress, 'name'>) => {
    steps.set(name, { name, ...change });
    show();
  };
  const run: Step<string> = async (name, work, wait) => {
    const startedAt = now();
    set(name, { status: 'running', startedAt, ...wait });
    try {
      if (wait !== undefined) await note?.();
      const result = await canBeGivenUp(name, work);
      set(name, { status: 'done', startedAt, endedAt: now() });
      return result;
    } catch (error) {
      set(name, { status: 'failed', startedAt, endedAt: now() });
      throw error;
    }
  };
  setHandler(progressQuery, () => [...steps.values()]);
  nothingToGiveUp();
  return {
    plan(names) {
      steps.clear();
      for (const name of names) steps.set(name, { name, status: 'waiting' });
      show();
      return run;
    },
    reportBy(given) {
      note = given;
    },
    unreported() {
      if (!changed || note === undefined) return undefined;
      changed = false;
      return [...steps.values()].map(reported);
    },
  };
}

function now(): string {
  return new Date().toISOString();
}

function tableOf(steps: Progress): string {
  const rows = steps.map(({ name, status, startedAt, endedAt, until }) => {
    const took = startedAt && endedAt ? `${(Date.parse(endedAt) - Date.parse(startedAt)) / 1000} s` : '';
    const what = until === undefined ? name : `${name}, until ${until}`;
    return `| ${marks[status]} | ${asMarkdownText(what)} | ${startedAt?.slice(11, 23) ?? ''} | ${took} |`;
  });
  return ['| | step | began (UTC) | took |', '|---|---|---|---|', ...rows].join('\n');
}
