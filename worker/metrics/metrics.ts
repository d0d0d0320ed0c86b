import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StepObserver } from '../../activities/observe-steps.js';
import { type OperationObserver, operationOutcomes } from '../../activities/observed-operation.js';
import type { NeonObserver } from '../../neon/observed-call.js';
import { tenantOperations } from '../../tenancy/lifecycle.js';
import type { MetricName } from './definitions.js';
import { type FleetReader, showFleet } from './fleet-gauges.js';
import { metricSettings } from './metric-settings.js';

/** The metrics of a worker, in the format of Prometheus. */
export interface Metrics {
  readonly observeStep: StepObserver;
  readonly observeOperation: OperationObserver;
  readonly observeNeonCall: NeonObserver;
  /** Adds sources that are read at each export. */
  watch(watched: Watched): void;
  /** All metrics at this moment. */
  read(): Promise<string>;
  readonly contentType: string;
}

export interface Watched extends FleetReader {
  isRunning(): boolean;
  /** Whether the key may be used. */
  isKeyChecked(): boolean;
  /** The server's own limit of the calls to Neon; `undefined` if it has none, or does not answer. */
  serversPace(): Promise<number | undefined>;
}

/** The first activity of every sweep. */
const sweepsFirstStep = 'findDue';

export function createMetrics(of: { readonly fleet: string; readonly neonCallsPerSecond: number }): Metrics {
  const registry = new Registry();
  // With several fleets in one Prometheus, each has its own series.
  registry.setDefaultLabels({ fleet: of.fleet });
  const counter = (name: MetricName) => new Counter(metricSettings(name, registry));
  const gauge = (name: MetricName) => new Gauge(metricSettings(name, registry));
  const histogram = (name: MetricName) => new Histogram(metricSettings(name, registry));

  const operations = counter('tenantry_operations_total');
  const operationFailures = counter('tenantry_operation_failures_total');
  const steps = histogram('tenantry_step_seconds');
  const stepFailures = counter('tenantry_step_failures_total');
  const lastSweep = gauge('tenantry_last_sweep_timestamp_seconds');
  const calls = counter('tenantry_neon_calls_total');
  const callSeconds = histogram('tenantry_neon_call_seconds');
  const keyRefused = gauge('tenantry_neon_key_refused');
  let serversPace: Watched['serversPace'] = async () => undefined;
  new Gauge({
    ...metricSettings('tenantry_neon_calls_per_second_limit', registry),
    async collect() {
      this.set((await serversPace()) ?? of.neonCallsPerSecond);
    },
  });
  lastSweep.setToCurrentTime();
  // Every counter of operations exists from the start: otherwise Prometheus would not see its first count as an
  // increase.
  for (const operation of tenantOperations)
    for (const outcome of operationOutcomes) operations.inc({ operation, outcome }, 0);

  return {
    contentType: registry.contentType,
    read: () => registry.metrics(),
    observeStep({ step, outcome, failure, seconds }) {
      steps.observe({ step, outcome }, seconds);
      if (failure !== undefined) stepFailures.inc({ step, type: failure });
      if (step === sweepsFirstStep && outcome === 'done') lastSweep.setToCurrentTime();
    },
    observeOperation({ operation, outcome, reason }) {
      operations.inc({ operation, outcome });
      if (reason !== undefined) operationFailures.inc({ operation, reason });
    },
    observeNeonCall({ route, answer, seconds }) {
      calls.inc({ route, status: String(answer) });
      callSeconds.observe({ route }, seconds);
      if (answer === 401 || answer === 403) keyRefused.set(1);
      else if (typeof answer === 'number' && answer < 300) keyRefused.set(0);
    },
    watch(watched) {
      serversPace = watched.serversPace;
      const look = (name: MetricName, value: () => number) =>
        new Gauge({
          ...metricSettings(name, registry),
          collect() {
            this.set(value());
          },
        });
      look('tenantry_worker_running', () => Number(watched.isRunning()));
      look('tenantry_neon_key_checked', () => Number(watched.isKeyChecked()));
      showFleet(registry, watched);
    },
  };
}
