import { z } from 'zod';

/**
 * An id that Neon gives: it goes into paths, so it holds nothing that could lead to another one. Neon's own rule is
 * `^[a-z0-9-]{1,60}$`, and UUIDs for operations.
 */
export const neonId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);

/** A name that somebody gave at Neon: 256 characters at most for a project, 63 bytes for what Postgres keeps. */
export const neonName = z.string().max(256);

/** A word of Neon's, such as a status. It stays open, for Neon adds some between versions of its description. */
export const neonWord = z.string().max(100);

export const neonTime = z
  .string()
  .max(40)
  .refine((text) => !Number.isNaN(Date.parse(text)));

/** A list in which no id comes twice: what is deleted under one name must not be in use under another. */
export function distinct<T extends { readonly id: string }>(schema: z.ZodType<T>, most = 10_000) {
  return z
    .array(schema)
    .max(most)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length);
}
