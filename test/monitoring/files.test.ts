import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Definition, definitions } from '../../worker/metrics/definitions.js';
import { alerts, namedIn } from './alerts.js';

const root = new URL('../../', import.meta.url);

/** What a histogram is read as. */
const readAs = ({ type }: Definition, name: string) =>
  type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name];

const series = new Map(
  Object.entries(definitions as Record<string, Definition>).flatMap(([name, definition]) =>
    readAs(definition, name).map((as) => [as, definition] as const),
  ),
);

function problemsOf(expression: string): string[] {
  const { metrics, labels } = namedIn(expression);
  const known = new Set(['fleet', 'le', ...metrics.flatMap((name) => series.get(name)?.labels ?? [])]);
  return [
    ...metrics.filter((name) => !series.has(name)).map((name) => `there is no ${name}`),
    ...labels.filter((label) => !known.has(label)).map((label) => `none of them has the label ${label}`),
  ];
}

it('the eight alerts name only metrics and labels that there are', () => {
  expect(alerts.size).toBe(8);
  for (const { alert, expr } of alerts.values())
    expect({ alert, problems: problemsOf(expr) }).toEqual({ alert, problems: [] });
});

it('each alert says in a line what is wrong, and then what to do; what it refers to is there', () => {
  for (const { annotations } of alerts.values()) {
    expect(annotations.summary).toMatch(/^[A-Z].{10,100}$/);
    expect(annotations.description.length).toBeGreaterThan(80);
    expect(problemsOf(annotations.description)).toEqual([]);
    for (const [file] of annotations.description.matchAll(/docs\/[\w/.-]*\w/g))
      expect(existsSync(new URL(file, root))).toBe(true);
  }
});

const panel = z.object({
  id: z.int(),
  title: z.string(),
  type: z.string(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ expr: z.string(), refId: z.string() })).optional(),
});
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(panel),
});

it('the dashboard shows only metrics and labels that there are, and every metric there is', () => {
  const { panels, templating } = dashboard.parse(
    JSON.parse(readFileSync(new URL('docs/monitoring/dashboard.json', root), 'utf8')),
  );
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'fleet']);
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  expect(expressions.flatMap(problemsOf)).toEqual([]);
  for (const expr of expressions) expect(expr).toContain('fleet="$fleet"');
  const shown = new Set(expressions.flatMap((expr) => namedIn(expr).metrics.map((name) => series.get(name))));
  expect(
    Object.entries(definitions)
      .filter(([, definition]) => !shown.has(definition))
      .map(([name]) => name),
  ).toEqual([]);
});
