import { z } from 'zod';

/** Shapes that several requests share. */
export const id = z.string().regex(/^[a-z0-9-]{1,60}$/);
export const name = z.string().min(1).max(256);
/** Postgres cuts a longer name, and two that differ only after the cut would be one. */
export const postgresName = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= 63 && !text.includes('\0'), 'must have 1 to 63 bytes')
  // Half a surrogate pair is no character, and UTF-8 has no bytes for it.
  .refine((text) => Buffer.from(text).toString() === text, 'must be text');
export const computeUnits = z.number().min(0.25);
export const suspendTimeout = z
  .int()
  .min(-1)
  .max(604_800)
  .refine((seconds) => seconds <= 0 || seconds >= 60, 'must be -1, 0 or 60 to 604800');
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
export const textMap = z.record(z.string(), z.string());

export function limit(max: number, fallback: number) {
  return z.coerce.number().int().min(1).max(max).default(fallback);
}

/** A list in a query: the parameter repeated, or joined by commas, or both. */
export function list(max: number) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((text) => text.split(','))
        .filter((text) => text !== ''),
    )
    .pipe(z.array(z.string()).max(max));
}

export const endpointSettings = z.object({
  pg_settings: textMap.optional(),
  pgbouncer_settings: textMap.optional(),
  preload_libraries: z
    .object({ use_defaults: z.boolean().optional(), enabled_libraries: z.array(z.string()).optional() })
    .optional(),
});

const amount = z.int().min(0);

export const projectSettings = z.object({
  quota: z
    .object({
      active_time_seconds: amount.optional(),
      compute_time_seconds: amount.optional(),
      written_data_bytes: amount.optional(),
      data_transfer_bytes: amount.optional(),
      logical_size_bytes: amount.optional(),
    })
    .optional(),
  allowed_ips: z
    .object({ ips: z.array(z.string()).optional(), protected_branches_only: z.boolean().optional() })
    .optional(),
  enable_logical_replication: z.boolean().optional(),
  maintenance_window: z
    .object({ weekdays: z.array(z.int().min(1).max(7)), start_time: z.string(), end_time: z.string() })
    .optional(),
  block_public_connections: z.boolean().optional(),
  block_vpc_connections: z.boolean().optional(),
  audit_log_level: z.enum(['base', 'extended', 'full']).optional(),
  hipaa: z.boolean().optional(),
  preload_libraries: endpointSettings.shape.preload_libraries,
});

export const endpointDefaults = z.object({
  pg_settings: textMap.optional(),
  pgbouncer_settings: textMap.optional(),
  autoscaling_limit_min_cu: computeUnits.optional(),
  autoscaling_limit_max_cu: computeUnits.optional(),
  suspend_timeout_seconds: suspendTimeout.optional(),
});
