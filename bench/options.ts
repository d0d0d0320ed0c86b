import { z } from 'zod';

const number = z.coerce.number().int().min(1);

/** What every question may be told; each has values of its own for what it is not. */
export const optionsSchema = z.object({
  /** How often what is timed is repeated. */
  runs: number.optional(),
  /** How many tenants there are at once. */
  tenants: number.optional(),
  /** The emulator's clock. `realistic` has Neon's durations and limits. */
  profile: z.enum(['fast', 'realistic']).default('realistic'),
  /** Where the figures are written. @default .tenantry/bench/<question>.json */
  json: z.string().optional(),
});

export const optionFlags = {
  runs: { type: 'string' },
  tenants: { type: 'string' },
  profile: { type: 'string' },
  json: { type: 'string' },
} as const;
