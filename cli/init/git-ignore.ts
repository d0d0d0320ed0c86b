const wanted = ['node_modules/', '.tenantry/', '.env'];

/** A `.gitignore` with what is not to be committed; `before` is what it was, `undefined` where there was none. */
export function withIgnored(before: string | undefined): { before: string | undefined; after: string } {
  const lines = (before ?? '').split('\n').map((line) => line.trim());
  // `node_modules`, `/node_modules` and `node_modules/` keep it out alike.
  const bare = (line: string) => line.replace(/^\/|\/$/g, '');
  const missing = wanted.filter((each) => !lines.some((line) => bare(line) === bare(each)));
  if (before !== undefined && missing.length === 0) return { before, after: before };
  const gap = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
  return { before, after: `${before ?? ''}${gap}${missing.map((each) => `${each}\n`).join('')}` };
}
