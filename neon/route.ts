/** The path segments that are followed by an id. */
const collections: ReadonlySet<string> = new Set([
  'organizations',
  'projects',
  'branches',
  'endpoints',
  'roles',
  'snapshots',
]);

/** Method and path of a call, with `{id}` in place of each id. */
export function routeOf({ method, path }: { readonly method: string; readonly path: string }): string {
  const parts = path.split('/').map((part, at, all) => (collections.has(all[at - 1] ?? '') ? '{id}' : part));
  return `${method} ${parts.join('/')}`;
}
