import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { neonId } from './shapes.js';

const reply = z.object({ regions: z.array(z.object({ region_id: neonId })) });

/** The ids of the regions for new projects. */
export async function listRegions(neon: NeonClient, signal?: AbortSignal): Promise<string[]> {
  const { regions } = await neon.call({ method: 'GET', path: path`/regions`, reply, signal });
  return regions.map(({ region_id }) => region_id);
}
