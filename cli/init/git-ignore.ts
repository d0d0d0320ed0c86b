const wanted = ['node_modules/', '.tenantry/', '.env'];

/**
 * Returns a `.gitignore` that ignores the private files; `before` is its earlier content, `undefined` if it did not
 * exist.
 */
export function withIgnored(before: string | undefined): { before: string | undefined; after: string } {
  const lines = (before ?? '').split('\n').map((line) => line.trim());
  // `node_modules`, `/node_modules` and `node_modules/` all ignore it.
  const bare = (line: string) => line.replace(/^\/|\/$/g, '');
  const missing = wanted.filter((each) => !lines.some((line) => bare(line) === bare(each)));
  if (before !== undefined && missing.length === 0) return { before, after: before };
  const gap = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
  return { before, after: `${before ?? ''}${gap}${missing.map((each) => `${each}\n`).join('')}` };
}
