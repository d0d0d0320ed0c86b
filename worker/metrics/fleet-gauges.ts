import { Gauge, type Registry } from 'prom-client';
import type { CatalogConnections } from '../../catalog/catalog.js';
import { countedAttention, type Gauges } from '../../catalog/gauges.js';
import { tenantStates } from '../../tenancy/lifecycle.js';
import { type FindingKind, findingKinds } from '../../tenancy/reconcile.js';
import { type FleetMetricName, fleetMetrics } from './definitions.js';
import { metricSettings } from './metric-settings.js';
import { sharedReading } from './shared-reading.js';

export interface FleetReader {
  /** How the fleet stands by the catalog. */
  readGauges(): Promise<Gauges>;
  catalogConnections(): CatalogConnections;
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const one = (value: number): readonly Sample[] => [{ value }];
/** What is not known yet is absent: any number would be one too many. */
const known = (value: number | null): readonly Sample[] => (value === null ? [] : one(value));

/** Of each metric of the fleet's, what it shows. */
const samples: Readonly<Record<FleetMetricName, (gauges: Gauges) => readonly Sample[]>> = {
  // The states that nobody is in too, so that no line ends where a state empties.
  tenantry_tenants: ({ tenants }) =>
    tenantStates.map((state) => ({ labels: { state }, value: tenants[state] ?? 0 })),
  tenantry_attention: ({ attention }) =>
    countedAttention.map((kind) => ({ labels: { kind }, value: attention[kind] ?? 0 })),
  tenantry_waits: ({ waits }) => Object.entries(waits).map(([type, value]) => ({ labels: { type }, value })),
  tenantry_oldest_wait_seconds: ({ oldestWaitSeconds }) => one(oldestWaitSeconds),
  tenantry_workers: ({ workers }) => one(workers),
  tenantry_duties: ({ duties }) => one(duties),
  tenantry_oldest_duty_seconds: ({ oldestDutySeconds }) => one(oldestDutySeconds),
  tenantry_duties_in_trouble: ({ dutiesInTrouble }) => one(dutiesInTrouble),
  tenantry_metered_hour_age_seconds: ({ meteredHourAgeSeconds }) => known(meteredHourAgeSeconds),
  tenantry_metering_due_seconds: ({ meteringDueSeconds }) => one(meteringDueSeconds),
  tenantry_events_waiting: ({ events }) =>
    Object.entries(events).map(([endpoint, { waiting }]) => ({ labels: { endpoint }, value: waiting })),
  tenantry_oldest_event_seconds: ({ events }) =>
    Object.entries(events).map(([endpoint, { oldestSeconds }]) => ({
      labels: { endpoint },
      value: oldestSeconds,
    })),
  tenantry_last_reconcile_timestamp_seconds: ({ lastReconcileAt }) => known(lastReconcileAt),
  // Kinds of which there are none too, so that no line ends where the last one was mended.
  tenantry_findings: ({ findings }) =>
    (Object.keys(findingKinds) as FindingKind[]).map((kind) => ({
      labels: { kind },
      value: findings[kind] ?? 0,
    })),
};

/** Well below the ten seconds that Prometheus waits for the whole of an answer. */
const patienceMs = 2_000;
/** Several Prometheuses, or a person who reloads, cost the catalog no more than one. */
const freshMs = 5_000;

/** Adds what the catalog says of the fleet to what a registry exports, read when it is asked for. */
export function showFleet(registry: Registry, { readGauges, catalogConnections }: FleetReader): void {
  const reading = sharedReading(readGauges, { freshMs, patienceMs });
  for (const name of Object.keys(fleetMetrics) as FleetMetricName[]) {
    new Gauge({
      ...metricSettings(name, registry),
      async collect() {
        const gauges = await reading();
        this.reset();
        const shown = gauges === undefined ? [] : samples[name](gauges);
        // What was true before the catalog went away is not shown as if it still were: a reset leaves a 0 where there are no labels.
        if (shown.length === 0 && fleetMetrics[name].labels.length === 0) this.remove();
        for (const { labels = {}, value } of shown) this.set(labels, value);
      },
    });
  }
  new Gauge({
    ...metricSettings('tenantry_catalog_up', registry),
    async collect() {
      this.set(Number((await reading()) !== undefined));
    },
  });
  new Gauge({
    ...metricSettings('tenantry_catalog_connections', registry),
    collect() {
      for (const [state, count] of Object.entries(catalogConnections())) this.set({ state }, count);
    },
  });
}
