import { searchAttributeKeys } from '../tenancy/search-attributes.js';
import type { SearchAttributes } from './temporal-flags.js';

/** What a namespace is to have for our workflows. Every attribute of ours is a keyword. */
export const registeredSearchAttributes: SearchAttributes = Object.fromEntries(
  Object.values(searchAttributeKeys).map(({ name }) => [name, 'Keyword' as const]),
);
