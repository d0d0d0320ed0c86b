import { z } from 'zod';
import { parseSealKeys } from './seal.js';

const sealKeys = z.string().transform((text, context) => {
  try {
    return parseSealKeys(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'cannot be read' });
    return z.NEVER;
  }
});

/** The environment variables that configure a process's catalog. */
export const catalogEnvironment = z.object({
  TENANTRY_CATALOG_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'is not a postgresql:// address' }),
  /** See `parseSealKeys`. */
  TENANTRY_SEAL_KEY: sealKeys,
});
