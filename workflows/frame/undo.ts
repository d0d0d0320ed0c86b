import { CancellationScope, log, TemporalFailure } from '@temporalio/workflow';
import { isStale } from './own-run.js';
import type { Step } from './progress.js';

interface UndoAction {
  readonly what: string;
  readonly undo: () => Promise<void>;
}

/**
 * What a run must undo if it does not end well. An action is registered before the step that it undoes,
 * because a step with an unknown outcome must be undone as well; so every action must accept that there is
 * nothing to undo.
 */
export type Undo = ReturnType<typeof createUndo>;

export function createUndo() {
  const actions: UndoAction[] = [];
  let last: UndoAction | undefined;
  let touched = false;
  let committed = false;
  let running = false;
  return {
    register(what: string, undo: () => Promise<void>): void {
      actions.unshift({ what, undo });
      touched = true;
      committed = false;
    },
    /** The last undo, once something was touched: it brings the tenant back to its earlier state. */
    endWith(what: string, undo: () => Promise<void>): void {
      last = { what, undo };
    },
    /** From here on the tenant is changed in a way that only the last undo repairs. */
    touch(): void {
      touched = true;
      committed = false;
    },
    /** The point of no return: registered actions are no longer undone. */
    commit(): void {
      actions.splice(0);
      touched = false;
      committed = true;
    },
    /**
     * From here on no failure releases the tenant, because this part cannot be undone, until the returned
     * function is called.
     */
    cannot(what: string): () => void {
      const action = { what, undo: () => Promise.reject(new Error('there is no way to')) };
      actions.unshift(action);
      return () => void actions.splice(actions.indexOf(action), 1);
    },
    /** Past the point of no return, a cancellation comes too late. */
    isCommitted: () => committed,
    /**
     * Undo has no deadline: stopping half-way helps nobody, and a person who knows better can give up the
     * step.
     */
    isRunning: () => running,
    /**
     * Undoes everything, the latest action first, whether or not the run was cancelled. Returns what could
     * not be undone. Throws only if the run no longer holds its tenant.
     * @param step Shows each undo as a step of the run.
     */
    run(step: Step<string>): Promise<string[]> {
      running = true;
      return CancellationScope.nonCancellable(async () => {
        const left: string[] = [];
        for (const { what, undo } of touched && last !== undefined ? [...actions, last] : actions) {
          try {
            await step(what, undo);
          } catch (error) {
            if (error instanceof TemporalFailure && isStale(error)) throw error;
            // The next undo must still run, and the original error is the one to report.
            log.error(`could not ${what}`, { error });
            left.push(what);
          }
        }
        return left;
      });
    },
  };
}
