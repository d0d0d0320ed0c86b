import { z } from 'zod';

const day = 86_400_000;

/** How often a snapshot of a tenant is taken, and how many are kept: the oldest goes once it is `every * keep` old. */
export const backupsSchema = z
  .strictObject({
    /** Between two snapshots, in milliseconds. @default 1 day */
    every: z.int().min(1_000).default(day),
    /** How many are kept. Each of Neon's plans limits the snapshots of a project. @default 7 */
    keep: z.int().min(1).max(1_000).default(7),
  })
  .refine(({ every, keep }) => every * keep <= 3_650 * day, {
    error: 'keeps snapshots for more than ten years',
  });

export type Backups = z.output<typeof backupsSchema>;

/** How old a snapshot is when it goes, in milliseconds. */
export function longestKept({ every, keep }: Backups): number {
  return every * keep;
}

/** A tenant whose newest backup is older than this is behind, in milliseconds: one was missed, and the next one is due. */
export function overdueAfter({ every }: Backups): number {
  return 2 * every;
}

/** The plans of a fleet that have backups, by name. */
export function plansWithBackups(
  plans: Readonly<Record<string, { readonly backups?: Backups | undefined }>>,
): [plan: string, backups: Backups][] {
  return Object.entries(plans).flatMap(([plan, { backups }]) =>
    backups === undefined ? [] : [[plan, backups]],
  );
}
