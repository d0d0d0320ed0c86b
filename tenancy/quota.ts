import { z } from 'zod';

/** Limits for one billing period; absent or 0 is unlimited. */
export const quotaSchema = z.strictObject({
  activeTimeSeconds: z.int().min(0).optional(),
  computeTimeSeconds: z.int().min(0).optional(),
  writtenDataBytes: z.int().min(0).optional(),
  dataTransferBytes: z.int().min(0).optional(),
  logicalSizeBytes: z.int().min(0).optional(),
});

export type Quota = z.infer<typeof quotaSchema>;
