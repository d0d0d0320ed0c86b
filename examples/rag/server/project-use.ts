import { createNeonClient, isNeonError, path } from 'tenantry/neon';
import { z } from 'zod';

/** What a workspace has used in this billing period, as Neon meters it. */
export interface ProjectUse {
  readonly computeUnitSeconds: number;
  readonly activeSeconds: number;
  readonly writtenBytes: number;
  readonly transferredBytes: number;
  /** Now, with the history that a restore can reach. */
  readonly storedBytes: number;
  readonly asOf: Date;
}

/** Resolves to `undefined` where Neon does not answer: a page can do without. Asking wakes no compute. */
export type ReadProjectUse = (projectId: string) => Promise<ProjectUse | undefined>;

const replySchema = z.object({
  project: z.object({
    compute_time_seconds: z.number(),
    active_time_seconds: z.number(),
    written_data_bytes: z.number(),
    data_transfer_bytes: z.number(),
    synthetic_storage_size: z.number().default(0),
  }),
});

/** Neon meters in minutes, and its API has a limit of rate that the workers need too. */
const freshMs = 60_000;
const mostKept = 1_000;

export function projectUseReader(options: { apiKey: string; host?: string | undefined }): ReadProjectUse {
  const neon = createNeonClient({
    apiKey: options.apiKey,
    ...(options.host === undefined ? {} : { host: options.host }),
    timeoutMs: 5_000,
  });
  const kept = new Map<string, Promise<ProjectUse | undefined>>();

  async function read(projectId: string): Promise<ProjectUse | undefined> {
    try {
      const { project } = await neon.call({
        method: 'GET',
        path: path`/projects/${projectId}`,
        reply: replySchema,
      });
      return {
        computeUnitSeconds: project.compute_time_seconds,
        activeSeconds: project.active_time_seconds,
        writtenBytes: project.written_data_bytes,
        transferredBytes: project.data_transfer_bytes,
        storedBytes: project.synthetic_storage_size,
        asOf: new Date(),
      };
    } catch (error) {
      if (isNeonError(error)) return undefined;
      throw error;
    }
  }

  return (projectId) => {
    const known = kept.get(projectId);
    if (known !== undefined) return known;
    const reading = read(projectId);
    kept.set(projectId, reading);
    setTimeout(() => kept.delete(projectId), freshMs).unref();
    if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '');
    return reading;
  };
}
