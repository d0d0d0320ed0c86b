import { z } from 'zod';
import { defaultAttributeNames } from './search-attributes.js';

const attributeName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_]{0,63}$/,
    'is a name of letters, digits and underscores, and begins with a letter',
  );

export const attributeNamesSchema = z
  .strictObject({
    tenant: attributeName.default(defaultAttributeNames.tenant),
    fleet: attributeName.default(defaultAttributeNames.fleet),
    plan: attributeName.default(defaultAttributeNames.plan),
    stage: attributeName.default(defaultAttributeNames.stage),
  })
  .refine((names) => new Set(Object.values(names)).size === 4, 'gives two of them one name');
