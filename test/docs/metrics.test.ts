import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { definitions } from '../../worker/metrics/definitions.js';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

/** The rows of the page's tables that speak of a metric: its name, type and labels. */
const rows = [...page.matchAll(/^\| `(tenantry_\w+)` +\| (\w+) +\| ([^|]*)\| (\S.*)\|$/gm)].map(
  ([, name, type, labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, l]) => l),
  }),
);

it('the page of metrics has every metric of a worker, with its type and labels, in the order of the code', () => {
  expect(rows).toEqual(
    Object.entries(definitions).map(([name, { type, labels }]) => ({ name, type, labels: [...labels] })),
  );
});
