import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What V8 writes: a tree of calls, and which of its nodes each sample hit. Times in microseconds. */
export const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
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

/** Time in functions themselves, without what they call: by package or room, and by function, the largest first. */
export function costsOf(profiles: readonly Profile[], root: string) {
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyMs = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [at, id] of samples.entries()) {
      const frame = frames.get(id);
      const ms = Math.max(0, timeDeltas[at] ?? 0) / 1_000;
      if (frame === undefined || idle.has(frame.functionName)) continue;
      busyMs += ms;
      const place = placeOf(frame.url, frame.functionName, root);
      add(places, place, ms);
      add(functions, `${frame.functionName || '(anonymous)'} in ${place}:${frame.lineNumber + 1}`, ms);
    }
  }
  return { places: largestFirst(places), functions: largestFirst(functions), busyMs };
}

function placeOf(url: string, functionName: string, root: string): string {
  if (functionName.startsWith('(')) return functionName;
  if (url === '') return "V8's own";
  if (url.startsWith('node:')) return 'Node';
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (packaged !== undefined) return packaged;
  return file.startsWith(root) ? (file.slice(root.length + 1).split('/')[0] ?? file) : 'workflows, bundled';
}

const add = (to: Map<string, number>, name: string, ms: number) => to.set(name, (to.get(name) ?? 0) + ms);

function largestFirst(costs: ReadonlyMap<string, number>): Cost[] {
  return [...costs].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}
