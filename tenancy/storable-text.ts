import { z } from 'zod';
import { isStorable } from './storable.js';

/** A text in the fleet's file that ends up in the catalog. */
export const storableText = z
  .string()
  .refine(isStorable, 'holds U+0000 or half a surrogate pair, which no database can store');
