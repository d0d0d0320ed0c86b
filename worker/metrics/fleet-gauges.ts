import { Gauge, type Registry } from 'prom-client';
import type { CatalogConnections } from '../../catalog/catalog.js';
import { countedAttention, type Gauges } from '../../catalog/gauges.js';
import { tenantStates } from '../../tenancy/lifecycle.js';
import { type FindingKind, findingKinds } from '../../tenancy/reconcile.js';
import { type FleetMetricName, fleetMetrics } from './definitions.js';
import { metricSettings } from './metric-settings.js';
import { sharedReading } from './shared-reading.js';

export interface FleetReader {
  /** Reads the fleet's numbers from the catalog. */
  readGauges(): Promise<Gauges>;
  catalogConnections(): CatalogConnections;
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const one = (value: number): readonly Sample[] => [{ value }];
/** An unknown value is absent, because any number would be wrong. */
const known = (value: number | null): readonly Sample[] => (value === null ? [] : one(value));

/** The samples of each of the fleet's metrics. */
const samples: Readonly<Record<FleetMetricName, (gauges: Gauges) => readonly Sample[]>> = {
  // States without tenants are included, so that no series ends when a state becomes empty.
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
  // Kinds without findings are included, so that no series ends when the last one is mended.
  tenantry_findings: ({ findings }) =>
    (Object.keys(findingKinds) as FindingKind[]).map((kind) => ({
      labels: { kind },
      value: findings[kind] ?? 0,
    })),
};

/** Well below the ten seconds that Prometheus waits for a complete response. */
const patienceMs = 2_000;
/** Several Prometheus servers, or a person who reloads the page, cost the catalog no more than one. */
const freshMs = 5_000;

/** Adds the fleet's metrics to a registry; each export reads them from the catalog. */
export function showFleet(registry: Registry, { readGauges, catalogConnections }: FleetReader): void {
  const reading = sharedReading(readGauges, { freshMs, patienceMs });
  for (const name of Object.keys(fleetMetrics) as FleetMetricName[]) {
    new Gauge({
      ...metricSettings(name, registry),
      async collect() {
        const gauges = await reading();
        this.reset();
        const shown = gauges === undefined ? [] : samples[name](gauges);
        // After the catalog goes away, old values must not look current: `reset` leaves a 0 for a metric without
        // labels.
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
