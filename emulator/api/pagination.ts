/**
 * The dialect of projects and operations: a cursor on every page, the last one included, so that its presence says
 * nothing about there being more. A list without anything to point at has none.
 */
export function pagination(cursor: string | undefined) {
  return cursor === undefined || cursor === '' ? {} : { pagination: { cursor } };
}
