import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { asMarkdownText } from '../tenancy/markdown.js';
import { progressQueryName } from '../tenancy/naming.js';
import { canBeGivenUp, nothingToGiveUp } from './give-up.js';

export interface StepProgress {
  readonly name: string;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  /** ISO 8601, once the step has begun. */
  readonly startedAt?: string;
  /** ISO 8601, once the step has ended. */
  readonly endedAt?: string;
  /** ISO 8601, while the step waits for a certain moment. */
  readonly until?: string;
  /** While the step can go on only on a worker of another release or fleet: which. */
  readonly waitingFor?: string;
}

/** How far a run has come: its steps in order. */
export type Progress = readonly StepProgress[];

const progressQuery = defineQuery<Progress>(progressQueryName);

const marks: Readonly<Record<StepProgress['status'], string>> = {
  waiting: '·',
  running: '▶',
  done: '✓',
  failed: '✗',
};

/** Runs one step and notes when it began and how it ended; `until` is the moment that it is going to wait for. */
export type Step<Name extends string> = <T>(
  name: Name,
  work: () => Promise<T>,
  wait?: { readonly until: string },
) => Promise<T>;

/**
 * Keeps a run's progress where a person and a program can see it: in the run's current details in the Temporal UI,
 * and in the answer to the query `progress`.
 */
export function trackProgress<Name extends string>(names: readonly Name[]): Step<Name> {
  const steps = new Map<Name, StepProgress>(names.map((name) => [name, { name, status: 'waiting' }]));
  const show = () => setCurrentDetails(tableOf([...steps.values()]));
  const set = (name: Name, change: Omit<StepProgress, 'name'>) => {
    steps.set(name, { name, ...change });
    show();
  };
  setHandler(progressQuery, () => [...steps.values()]);
  nothingToGiveUp();
  show();

  return async (name, work, wait) => {
    const startedAt = now();
    set(name, { status: 'running', startedAt, ...wait });
    try {
      const result = await canBeGivenUp(name, work);
      set(name, { status: 'done', startedAt, endedAt: now() });
      return result;
    } catch (error) {
      set(name, { status: 'failed', startedAt, endedAt: now() });
      throw error;
    }
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
