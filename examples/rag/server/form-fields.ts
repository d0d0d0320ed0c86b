import { parse } from 'node:querystring';
import { z } from 'zod';
import { storable } from '../documents/text.js';

/** The fields of a form or a query, as Postgres can store them. */
export function readFields(text: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const [name, given = ''] of Object.entries(parse(text)))
    fields[name] = typeof given === 'string' ? storable(given) : given.map(storable);
  return fields;
}

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
