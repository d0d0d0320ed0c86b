import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';

const reply = z.object({ regions: z.array(z.object({ region_id: z.string() })) });

/** The ids of the regions that projects can be made in. */
export async function listRegions(neon: NeonClient, signal?: AbortSignal): Promise<string[]> {
  const { regions } = await neon.call({ method: 'GET', path: path`/regions`, reply, signal });
  return regions.map(({ region_id }) => region_id);
}
