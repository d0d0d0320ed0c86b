import { setTimeout as sleep } from 'node:timers/promises';
import { locked } from '../errors.js';
import { put, update } from '../state/changes.js';
import { millisecondsSince, now } from '../state/clock.js';
import type { Fate, Operation } from '../state/records.js';
import type { Change } from '../state/store.js';
import { stopController } from '../stop-controller.js';
import type { Timings } from '../timings.js';
import { type FateOf, newOperations, type Step } from './step.js';
import { type Action, actions, type Workshop, work } from './work.js';

export interface EngineOptions extends Workshop {
  readonly timings: Timings;
  /** Resolves when the fault that makes an operation hang is lifted. */
  readonly lifted: (faultId: string, signal: AbortSignal) => Promise<void>;
  /** @throws when the project may not start a compute. */
  readonly refuseStart: (projectId: string) => void;
  /** Told whenever an operation of a project has ended. */
  readonly onEnd: (operation: Operation) => void;
}

/** One that has failed and will be tried again is not done either, whatever its status says. */
const unfinished = ({ status, fate }: Operation) =>
  status === 'scheduling' || status === 'running' || (status === 'failed' && fate?.kind === 'recover');

/** Runs operations: those of one project one after the other, projects side by side. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #driving = new Map<string, Promise<void>>();
  readonly #stopping = stopController();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  isBusy(projectId: string): boolean {
    return this.#next(projectId) !== undefined;
  }

  /**
   * The one door for every mutation of a project: its changes and the operations that carry them out are written in
   * one batch, or nothing is.
   * @throws NeonError 423 while earlier operations run.
   */
  begin(projectId: string, steps: readonly Step[], changes: readonly Change[], fateOf?: FateOf): Operation[] {
    if (this.isBusy(projectId)) throw locked();
    if (steps.some(({ action }) => action === 'start_compute')) this.#options.refuseStart(projectId);
    const operations = newOperations(projectId, steps, fateOf);
    this.#options.store.commit([...changes, ...operations.map((operation) => put('operation', operation))]);
    this.#drive(projectId);
    return operations;
  }

  /** Resolves when no operation of the project runs. */
  async quiet(projectId: string): Promise<void> {
    await this.#driving.get(projectId);
  }

  /** Takes up what an earlier life of the emulator left unfinished. */
  resume(): void {
    for (const project of this.#options.store.of.project.all()) this.#drive(project.id);
  }

  /** Leaves the unfinished for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#driving.values());
  }

  #next(projectId: string): Operation | undefined {
    return this.#unfinished(projectId)[0];
  }

  #unfinished(projectId: string): Operation[] {
    return this.#options.store.of.operation
      .in(projectId)
      .filter(unfinished)
      .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  }

  #drive(projectId: string): void {
    if (this.#driving.has(projectId) || !this.isBusy(projectId)) return;
    const drive = this.#runAll(projectId)
      // Stopping aborts whatever was being waited for; the operation stays as it is and goes on at the next start.
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) throw error;
      })
      .finally(() => this.#driving.delete(projectId));
    this.#driving.set(projectId, drive);
  }

  async #runAll(projectId: string): Promise<void> {
    for (let next = this.#next(projectId); next !== undefined; next = this.#next(projectId)) {
      this.#stopping.signal.throwIfAborted();
      await this.#run(next);
    }
  }

  async #run(operation: Operation): Promise<void> {
    const { store, onEnd } = this.#options;
    store.commit([update('operation', operation, { status: 'running' })]);
    // The work leaves traces on disk, so the order for it must be there first.
    await store.written();
    const { status, error, changes } = await this.#outcome(operation);
    const latest = store.of.operation.get(operation.id) ?? operation;
    const ended: Operation = {
      ...latest,
      status,
      error,
      failures_count: latest.failures_count + (error === undefined ? 0 : 1),
      updated_at: now(),
      total_duration_ms: millisecondsSince(operation.created_at),
    };
    const followers = status === 'finished' || status === 'skipped' ? [] : this.#cancelledAfter(operation);
    store.commit([...changes, put('operation', ended), ...followers]);
    await store.written();
    onEnd(ended);
  }

  async #outcome(operation: Operation): Promise<{
    readonly status: Operation['status'];
    readonly error?: string | undefined;
    readonly changes: readonly Change[];
  }> {
    const { store, lifted } = this.#options;
    const task = work[actionOf(operation)];
    const { fate } = operation;
    if (fate?.kind === 'hang') await lifted(fate.faultId, this.#stopping.signal);
    if (fate?.kind === 'recover') await this.#failFirst(operation, fate);
    if (fate?.kind === 'end') {
      await this.#clock(operation);
      const error = fate.status === 'failed' || fate.status === 'error' ? 'injected failure' : undefined;
      return { status: fate.status, error, changes: task.abandon(operation, store) };
    }
    try {
      if (task.when === 'late') await this.#clock(operation);
      await task.run(operation, this.#options);
      if (task.when === 'early') await this.#clock(operation);
      return { status: 'finished', changes: task.settle(operation, store) };
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      return { status: 'error', error: reasonOf(error), changes: task.abandon(operation, store) };
    }
  }

  /** Neon takes up a failed operation again; until then it is shown as failed, and its project stays locked. */
  async #failFirst(operation: Operation, fate: Extract<Fate, { kind: 'recover' }>): Promise<void> {
    const { store } = this.#options;
    const change = (fields: Partial<Operation>) =>
      store.commit([update('operation', store.of.operation.get(operation.id) ?? operation, fields)]);
    for (let failures = operation.failures_count + 1; failures <= fate.failures; failures++) {
      await this.#clock(operation);
      change({ status: 'failed', error: 'injected failure', failures_count: failures });
      await sleep(fate.afterMs, undefined, { signal: this.#stopping.signal });
      change({ status: 'running', error: undefined, retry_at: now() });
    }
  }

  /** Durations count from the creation, as Neon's do: waiting in line is part of them. */
  async #clock(operation: Operation): Promise<void> {
    const { store, timings } = this.#options;
    const { fate } = operation;
    const duration =
      fate?.kind === 'last' ? fate.ms : timings[work[actionOf(operation)].clock(operation, store)];
    const left = duration - millisecondsSince(operation.created_at);
    if (left > 0) await sleep(left, undefined, { signal: this.#stopping.signal });
  }

  #cancelledAfter(operation: Operation): Change[] {
    const { store } = this.#options;
    return this.#unfinished(operation.project_id)
      .filter((other) => other.id !== operation.id)
      .flatMap((other) => [
        update('operation', other, { status: 'cancelled' }),
        ...work[actionOf(other)].abandon(other, store),
      ]);
  }
}

function actionOf(operation: Operation): Action {
  const action = actions.find((known) => known === (operation.task ?? operation.action));
  if (action === undefined) throw new Error(`no work is known for ${operation.action}`);
  return action;
}

/** A copy of a cluster says of each of its thousand files that the disk is full. */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  if (/no space left on device|ENOSPC/i.test(words)) return "no space is left on the emulator's disk";
  return words.split('\n', 1)[0] ?? words;
}
