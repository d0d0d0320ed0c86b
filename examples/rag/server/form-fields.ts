import { z } from 'zod';

/** A field that a form has once. Sent twice, the first counts. */
export const one = z
  .union([z.string(), z.array(z.string())])
  .default('')
  .transform((given) => (typeof given === 'string' ? given : (given[0] ?? '')));

/** A field that a form may have several times, such as boxes that are ticked. */
export const several = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) => (typeof given === 'string' ? [given] : given));
