import type { RecordedCall } from './calls.js';

interface Tally {
  readonly count: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** The most in one second. */
  readonly peak_per_second: number;
}

/** The calls counted: all of them, by second and by route. Seconds in which nothing was asked are left out. */
export function summaryOf(calls: readonly RecordedCall[]) {
  const seconds = groups(calls, secondOf);
  const routes = groups(calls, ({ method, route }) => `${method} ${route}`);
  return {
    ...tallyOf(calls),
    since: calls[0]?.time ?? null,
    until: calls.at(-1)?.time ?? null,
    seconds: [...seconds].map(([second, inIt]) => ({
      second,
      count: inIt.length,
      statuses: statusesOf(inIt),
    })),
    routes: [...routes]
      .map(([key, ofRoute]) => {
        const [method, route] = key.split(' ');
        return { method, route, ...tallyOf(ofRoute) };
      })
      .sort((a, b) => b.count - a.count),
  };
}

const secondOf = ({ time }: RecordedCall) => `${time.slice(0, 19)}Z`;

function tallyOf(calls: readonly RecordedCall[]): Tally {
  const perSecond = [...groups(calls, secondOf).values()].map((inIt) => inIt.length);
  return {
    count: calls.length,
    statuses: statusesOf(calls),
    peak_per_second: perSecond.reduce((most, count) => Math.max(most, count), 0),
  };
}

function statusesOf(calls: readonly RecordedCall[]): Record<string, number> {
  return Object.fromEntries(
    [...groups(calls, ({ status }) => String(status))].map(([k, v]) => [k, v.length]),
  );
}

function groups(
  calls: readonly RecordedCall[],
  keyOf: (call: RecordedCall) => string,
): ReadonlyMap<string, RecordedCall[]> {
  const found = new Map<string, RecordedCall[]>();
  for (const call of calls) {
    const key = keyOf(call);
    const group = found.get(key);
    if (group === undefined) found.set(key, [call]);
    else group.push(call);
  }
  return found;
}
