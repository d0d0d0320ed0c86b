import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What V8 writes: a tree of calls, and which of its nodes each sample hit. Times in microseconds. */
export const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

export type Profile = z.infer<typeof profileSchema>;

export interface Cost {
  readonly name: string;
  readonly ms: number;
}

const idle = new Set(['(idle)', '(root)', '(program)']);

/**
 * Where the time went, the largest first. `causes`: the nearest room of ours, or else package, that a sample was called from; what is in
 * neither is V8's and Node's. `functions`: the time in functions themselves, without what they call.
 */
export function costsOf(profiles: readonly Profile[], root: string) {
  const causes = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyMs = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
    const placeIn = (id: number) => placeOf(frames.get(id)?.url ?? '', root);
    const causeOf = (sample: number): string => {
      let packaged: string | undefined;
      for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
        const place = placeIn(id);
        if (place?.endsWith('/')) return place;
        packaged ??= place;
      }
      return packaged ?? 'V8 and Node';
    };
    for (const [at, id] of samples.entries()) {
      const frame = frames.get(id);
      const ms = Math.max(0, timeDeltas[at] ?? 0) / 1_000;
      if (frame === undefined || idle.has(frame.functionName)) continue;
      const { functionName, lineNumber } = frame;
      busyMs += ms;
      add(causes, functionName === collector ? collector : causeOf(id), ms);
      const name = functionName === '' ? '(anonymous)' : functionName;
      add(functions, `${name}, ${placeIn(id) ?? 'V8 and Node'}:${lineNumber + 1}`, ms);
    }
  }
  return { causes: largestFirst(causes), functions: largestFirst(functions), busyMs };
}

const collector = '(garbage collector)';

/** A room of ours ends with a slash; `undefined` for what is neither ours nor a package's. */
function placeOf(url: string, root: string): string | undefined {
  if (url === '' || url.startsWith('node:')) return undefined;
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const packaged = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (packaged !== undefined) return packaged;
  const inside = path.relative(root, file);
  return path.isAbsolute(file) && !inside.startsWith('..') && inside.includes('/')
    ? `${inside.split('/')[0]}/`
    : 'workflows/';
}

const add = (to: Map<string, number>, name: string, ms: number) => to.set(name, (to.get(name) ?? 0) + ms);

function largestFirst(costs: ReadonlyMap<string, number>): Cost[] {
  return [...costs].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}
