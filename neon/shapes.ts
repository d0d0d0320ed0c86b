import { z } from 'zod';

/**
 * An id from Neon: it goes into paths, so it must not contain anything that leads to another path. Neon's own
 * rule is `^[a-z0-9-]{1,60}$`, and UUIDs for operations.
 */
export const neonId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);

/**
 * A name that somebody gave at Neon: at most 256 characters for a project, 63 bytes for names in Postgres.
 */
export const neonName = z.string().max(256);

/**
 * A keyword of Neon, such as a status. It stays an open string, because Neon adds some between versions of
 * its description.
 */
export const neonWord = z.string().max(100);

export const neonTime = z
  .string()
  .max(40)
  .refine((text) => !Number.isNaN(Date.parse(text)));

/** A list with unique ids: an item that is deleted under one name must not be in use under another. */
export function distinct<T extends { readonly id: string }>(schema: z.ZodType<T>, most = 10_000) {
  return z
    .array(schema)
    .max(most)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length);
}
