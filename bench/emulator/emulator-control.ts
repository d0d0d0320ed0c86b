import { z } from 'zod';

const usage = z.object({
  usage: z.array(z.object({ project_id: z.string(), hour: z.string(), compute_unit_seconds: z.number() })),
});
const summary = z.object({
  count: z.number(),
  statuses: z.record(z.string(), z.number()),
  peak_per_second: z.number(),
});

/** What the emulator was asked. */
export type Calls = z.infer<typeof summary>;

/** The emulator's own levers: its books, and what it was asked. */
export function emulatorControl(control: string) {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(control + path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return answer === '' ? undefined : JSON.parse(answer);
  };
  return {
    async enterUsage(entry: {
      readonly project_id: string;
      readonly at: string;
      readonly compute_unit_seconds: number;
    }): Promise<void> {
      await call('POST', '/usage', entry);
    },
    async usage() {
      return usage.parse(await call('GET', '/usage')).usage;
    },
    /** How many calls there were since this was last asked; a killed emulator has forgotten them. */
    async takeCalls(): Promise<Calls> {
      const calls = summary.parse(await call('GET', '/calls/summary'));
      await call('DELETE', '/calls');
      return calls;
    },
  };
}
