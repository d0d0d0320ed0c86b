import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';

const file = z.object({
  groups: z.tuple([
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ]),
});

export const alertsFile = new URL('../../docs/monitoring/alerts.yml', import.meta.url);

/** The alerts that we recommend, by name. */
export const alerts = new Map(
  file.parse(load(readFileSync(alertsFile, 'utf8'))).groups[0].rules.map((rule) => [rule.alert, rule]),
);

/** The metrics that an expression names, with the labels that it selects or groups by. */
export function namedIn(expression: string): { readonly metrics: string[]; readonly labels: string[] } {
  const labels = [
    ...[...expression.matchAll(/\b(?:by|without) \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(/,\s*/),
    ),
    ...[...expression.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label = '']) => label),
  ];
  return { metrics: expression.match(/\btenantry_\w+/g) ?? [], labels };
}
