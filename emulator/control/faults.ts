import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const status = z.object({
  kind: z.literal('status'),
  status: z.int().min(400).max(599),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Whether the call takes effect all the same. */
  apply: z.boolean().default(false),
});

export const effect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('drop-after-apply') }),
  z.object({ kind: z.literal('hold-before-apply') }),
  z.object({ kind: z.literal('hold-after-apply') }),
  z.object({ kind: z.literal('delay'), ms: z.int().min(0).max(600_000) }),
  status,
  z.object({
    kind: z.literal('fail-operation'),
    status: z.enum(['failed', 'error', 'cancelled', 'skipped']),
    /** Only operations with this action. @default all of the call */
    action: z.string().optional(),
  }),
  z.object({ kind: z.literal('hang-operation'), action: z.string().optional() }),
  z.object({ kind: z.literal('incomplete-list'), unavailable_project_ids: z.array(z.string()) }),
]);

export const faultInput = z.object({
  match: z
    .object({
      method: z.string().optional(),
      /** Below `/api/v2`: a glob (`/projects/*`), or a regular expression between slashes and starting with `^`. */
      path: z.string().refine(isPattern, 'is not a regular expression').optional(),
      /** How many calls it strikes. @default 1 */
      times: z.int().min(1).default(1),
    })
    .default({ times: 1 }),
  effect,
});

export type Effect = z.infer<typeof effect>;

export interface Fault extends z.infer<typeof faultInput> {
  readonly id: string;
  /** How many calls it has struck. */
  readonly struck: number;
}

/** The faults that wait for a call, and those whose calls or operations they still hold. Kept in memory only. */
export class Faults {
  readonly #faults = new Map<string, Fault>();
  readonly #waiting = new Map<string, Set<() => void>>();

  add(input: z.infer<typeof faultInput>): Fault {
    const fault: Fault = { id: randomUUID(), struck: 0, ...input };
    this.#faults.set(fault.id, fault);
    return fault;
  }

  list(): Fault[] {
    return [...this.#faults.values()];
  }

  /** Lifts a fault: what it holds goes on. */
  remove(id: string): boolean {
    const known = this.#faults.delete(id);
    for (const release of this.#waiting.get(id) ?? []) release();
    this.#waiting.delete(id);
    return known;
  }

  /** The first fault that strikes this call, counted as struck. */
  strike(method: string, path: string): Fault | undefined {
    const fault = this.list().find(
      ({ match, struck }) => struck < match.times && matches(match, method, path),
    );
    if (fault === undefined) return undefined;
    this.#faults.set(fault.id, { ...fault, struck: fault.struck + 1 });
    return fault;
  }

  /** Resolves when the fault is lifted, or has never been known here; rejects when the signal is aborted. */
  lifted(id: string, signal: AbortSignal): Promise<void> {
    if (!this.#faults.has(id)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting.add(resolve));
      const abort = () => {
        waiting.delete(resolve);
        reject(signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

function isPattern(path: string): boolean {
  try {
    pattern(path);
    return true;
  } catch {
    return false;
  }
}

function matches(match: Fault['match'], method: string, path: string): boolean {
  const wantedMethod = match.method ?? method;
  return (
    wantedMethod.toUpperCase() === method && (match.path === undefined || pattern(match.path).test(path))
  );
}

function pattern(path: string): RegExp {
  const expression = /^\/(\^.*)\/$/.exec(path)?.[1];
  if (expression !== undefined) return new RegExp(expression);
  // `*` is one segment, `**` any number of them.
  const escaped = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const body = escaped.replace(/\*\*|\*/g, (star) => (star === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${body}$`);
}
