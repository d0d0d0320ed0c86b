import { performance } from 'node:perf_hooks';

/** One way to onboard a tenant. */
export type Way = (id: string) => Promise<unknown>;

export interface Cost {
  /** The fastest of all, in milliseconds: least disturbed by whatever else the machine does. */
  readonly fastestMs: number;
  /** Processor time of this process, in milliseconds. */
  readonly processorMs: number;
}

/** What two ways cost that take turns, so that whatever else the machine does strikes both alike. The first of each is left out. */
export async function inTurn<Name extends string>(
  ways: Readonly<Record<Name, Way>>,
  runs: number,
): Promise<Record<Name, Cost>> {
  const names = Object.keys(ways) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as Cost[]])) as Record<Name, Cost[]>;
  for (let run = 0; run <= runs; run += 1)
    for (const [at, name] of names.entries()) {
      const [began, processor] = [performance.now(), process.cpuUsage()];
      await ways[name](`t${at}-${run}`);
      const { user, system } = process.cpuUsage(processor);
      const cost = { fastestMs: performance.now() - began, processorMs: (user + system) / 1_000 };
      if (run > 0) taken[name].push(cost);
    }
  const of = (name: Name): Cost => ({
    fastestMs: Math.min(...taken[name].map(({ fastestMs }) => fastestMs)),
    processorMs: taken[name].reduce((total, { processorMs }) => total + processorMs, 0) / runs,
  });
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Cost>;
}
