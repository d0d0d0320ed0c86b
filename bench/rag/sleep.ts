import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const endpointsSchema = z.object({
  endpoints: z.array(z.object({ id: z.string(), current_state: z.string() })),
});

/** Puts the computes of a project to sleep, as Neon does after five minutes without a connection. */
export async function putToSleep(
  projectId: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const call = async (method: string, path: string) => {
    const response = await fetch(`${environment.NEON_API_HOST}/projects/${projectId}/endpoints${path}`, {
      method,
      headers: { authorization: `Bearer ${environment.NEON_API_KEY}` },
    });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}`);
    return response.json();
  };
  const computes = async () => endpointsSchema.parse(await call('GET', '')).endpoints;
  for (const { id } of await computes()) await call('POST', `/${id}/suspend`);
  while ((await computes()).some(({ current_state: state }) => state !== 'idle')) await sleep(20);
}
