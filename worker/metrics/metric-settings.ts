import type { Registry } from 'prom-client';
import { type Definition, definitions, type MetricName } from './definitions.js';

/** A metric's settings for prom-client. */
export function metricSettings(name: MetricName, registry: Registry) {
  const { help, labels, buckets }: Definition = definitions[name];
  return {
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    ...(buckets === undefined ? {} : { buckets: [...buckets] }),
  };
}
