import { type AttributeNames, defaultAttributeNames } from '../tenancy/search-attributes.js';
import type { SearchAttributes } from './temporal-flags.js';

/** What a namespace is to have for a fleet's workflows. Every attribute of ours is a keyword. */
export function searchAttributesOf(names: AttributeNames): SearchAttributes {
  return Object.fromEntries(Object.values(names).map((name) => [name, 'Keyword' as const]));
}

/** As they are called unless a fleet calls them otherwise. */
export const registeredSearchAttributes: SearchAttributes = searchAttributesOf(defaultAttributeNames);
