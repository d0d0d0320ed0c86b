import { z } from 'zod';

const day = 86_400_000;

/**
 * How often a tenant is backed up, and how many snapshots are kept: the oldest one expires at the age of `every *
 * keep`.
 */
export const backupsSchema = z
  .strictObject({
    /** The interval between two snapshots, in milliseconds. @default 1 day */
    every: z.int().min(1_000).default(day),
    /**
     * The most snapshots that are kept. Between the expiry of the oldest one and the next backup there is one less,
     * so with 1 there is none for a while. Each of Neon's plans limits the snapshots of a project. @default 7
     */
    keep: z.int().min(1).max(1_000).default(7),
  })
  .refine(({ every, keep }) => every * keep <= 3_650 * day, {
    error: 'keeps snapshots for more than ten years',
  });

export type Backups = z.output<typeof backupsSchema>;

/** The age at which a snapshot expires, in milliseconds. */
export function longestKept({ every, keep }: Backups): number {
  return every * keep;
}

/**
 * The age, in milliseconds, from which a tenant's newest backup counts as late: one was missed, and the next one is
 * due.
 */
export function overdueAfter({ every }: Backups): number {
  return 2 * every;
}

/** The names of the fleet's plans that have backups. */
export function plansWithBackups(
  plans: Readonly<Record<string, { readonly backups?: Backups | undefined }>>,
): [plan: string, backups: Backups][] {
  return Object.entries(plans).flatMap(([plan, { backups }]) =>
    backups === undefined ? [] : [[plan, backups]],
  );
}
