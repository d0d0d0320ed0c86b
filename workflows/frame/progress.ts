import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { progressQueryName } from '../../tenancy/naming.js';
import { type Progress, type ReportedStep, reported, type StepProgress } from '../../tenancy/progress.js';
import { type ActivityInHand, type OwnWait, progressDetails } from '../../tenancy/progress-details.js';
import { canBeGivenUp, nothingToGiveUp } from './give-up.js';

const progressQuery = defineQuery<Progress>(progressQueryName);

/**
 * Runs one step and records when it began and how it ended; `wait` describes what the step itself will wait
 * for. A step that was not planned is listed after all others.
 */
export type Step<Name extends string> = <T>(name: Name, work: () => Promise<T>, wait?: OwnWait) => Promise<T>;

/** A run's progress, as shown to people and reported to the catalog. */
export interface ProgressTracker {
  /** Starts over with these steps to come. */
  plan<Name extends string>(names: readonly Name[]): Step<Name>;
  /**
   * From here on the run holds its tenant, and changes are reported: with the next activity, or by `note`
   * before a step that waits until a fixed time, when no other activity may follow for days.
   */
  reportBy(note: () => Promise<void>): void;
  /**
   * Shows in the run's details, and only there, what the run itself waits for, until the returned function is
   * called.
   */
  waitsFor(wait: OwnWait): () => void;
  /** Shows a running activity in the run's details until it ends. */
  calls(activity: string, ending: Promise<unknown>): void;
  /** The steps, if they are reported and have changed since the last call. */
  unreported(): readonly ReportedStep[] | undefined;
}

/**
 * Keeps a run's progress where people and programs see it: in the current details in the Temporal UI, in the
 * answer to the query `progress`, and, through the run's activities, in the catalog.
 */
export function trackProgress(): ProgressTracker {
  const steps = new Map<string, StepProgress>();
  const waits = new Set<OwnWait>();
  const inHand = new Set<ActivityInHand>();
  let changed = false;
  let note: (() => Promise<void>) | undefined;
  const show = () => setCurrentDetails(progressDetails([...steps.values()], [...waits], [...inHand]));
  const shown = <Item>(among: Set<Item>, item: Item) => {
    among.add(item);
    show();
    return () => {
      among.delete(item);
      show();
    };
  };
  const set = (name: string, change: Omit<StepProgress, 'name'>) => {
    steps.set(name, { name, ...change });
    changed = true;
    show();
  };
  const run: Step<string> = async (name, work, wait) => {
    const startedAt = now();
    const { until } = wait ?? {};
    set(name, { status: 'running', startedAt, ...(until === undefined ? {} : { until }) });
    const over = wait === undefined ? () => {} : shown(waits, wait);
    try {
      if (wait !== undefined) await note?.();
      const result = await canBeGivenUp(name, work);
      set(name, { status: 'done', startedAt, endedAt: now() });
      return result;
    } catch (error) {
      set(name, { status: 'failed', startedAt, endedAt: now() });
      throw error;
    } finally {
      over();
    }
  };
  setHandler(progressQuery, () => [...steps.values()]);
  nothingToGiveUp();
  return {
    plan(names) {
      steps.clear();
      for (const name of names) steps.set(name, { name, status: 'waiting' });
      changed = true;
      show();
      return run;
    },
    reportBy(given) {
      note = given;
    },
    waitsFor: (wait) => shown(waits, wait),
    calls(activity, ending) {
      const over = shown(inHand, { name: activity, since: now() });
      ending.then(over, over);
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
