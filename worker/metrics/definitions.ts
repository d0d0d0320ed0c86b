/**
 * The exported metrics of a worker, one entry for each: `docs/metrics.md` documents them for people, and a test
 * compares the two.
 */
export interface Definition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The labels besides `fleet`, which all metrics have. */
  readonly labels: readonly string[];
  /** The upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

/** A worker's own metrics: its own work, counted in this process. */
export const ownMetrics = {
  tenantry_operations_total: {
    type: 'counter',
    help: 'Operations that this worker brought to their end',
    labels: ['operation', 'outcome'],
  },
  tenantry_operation_failures_total: {
    type: 'counter',
    help: 'Operations that were not done, by the type of the failure',
    labels: ['operation', 'reason'],
  },
  tenantry_step_seconds: {
    type: 'histogram',
    help: 'How long attempts of steps took',
    labels: ['step', 'outcome'],
    buckets: [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600],
  },
  tenantry_step_failures_total: {
    type: 'counter',
    help: 'Attempts of steps that failed, by the type of the failure',
    labels: ['step', 'type'],
  },
  tenantry_last_sweep_timestamp_seconds: {
    type: 'gauge',
    help: 'When this worker last took part in a sweep, or else started',
    labels: [],
  },
  tenantry_neon_calls_total: {
    type: 'counter',
    help: "Calls to Neon's API that were sent",
    labels: ['route', 'status'],
  },
  tenantry_neon_call_seconds: {
    type: 'histogram',
    help: "How long calls to Neon's API took",
    labels: ['route'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
  },
  tenantry_neon_calls_per_second_limit: {
    type: 'gauge',
    help: 'Calls to Neon in a second that the workers of the queue may make together',
    labels: [],
  },
  tenantry_neon_key_refused: {
    type: 'gauge',
    help: '1 where Neon last refused the key of this worker, 0 once it was taken',
    labels: [],
  },
  tenantry_neon_key_checked: {
    type: 'gauge',
    help: '1 once this worker knows that its key may be used, and so takes calls to Neon from their queue',
    labels: [],
  },
  tenantry_worker_running: {
    type: 'gauge',
    help: '1 while this worker takes tasks',
    labels: [],
  },
  tenantry_catalog_up: {
    type: 'gauge',
    help: '1 where the catalog told this worker how the fleet stands',
    labels: [],
  },
  tenantry_catalog_connections: {
    type: 'gauge',
    help: 'Connections of this worker to the catalog, and callers that wait for one',
    labels: ['state'],
  },
} as const satisfies Record<string, Definition>;

/**
 * The fleet's metrics: every worker reads the same from the catalog. While the catalog is out of reach, they are
 * absent.
 */
export const fleetMetrics = {
  tenantry_tenants: { type: 'gauge', help: 'Tenants by state', labels: ['state'] },
  tenantry_attention: {
    type: 'gauge',
    help: 'Tenants that do not go on by themselves, by kind',
    labels: ['kind'],
  },
  tenantry_waits: {
    type: 'gauge',
    help: 'Steps whose next attempt is still to come, by the type of the last failure',
    labels: ['type'],
  },
  tenantry_oldest_wait_seconds: {
    type: 'gauge',
    help: 'How long ago the step was first tried that has waited longest',
    labels: [],
  },
  tenantry_workers: { type: 'gauge', help: 'Workers of the queue that are alive', labels: [] },
  tenantry_duties: {
    type: 'gauge',
    help: 'Projects, copies and creates in doubt that the sweep is to see to by now',
    labels: [],
  },
  tenantry_oldest_duty_seconds: {
    type: 'gauge',
    help: 'For how long the oldest of them has been due',
    labels: [],
  },
  tenantry_duties_in_trouble: {
    type: 'gauge',
    help: 'Projects, copies and creates in doubt that the sweep failed to see to',
    labels: [],
  },
  tenantry_metered_hour_age_seconds: {
    type: 'gauge',
    help: 'How long ago the newest hour began that usage was read of',
    labels: [],
  },
  tenantry_metering_due_seconds: {
    type: 'gauge',
    help: 'For how long the reading of usage has been due that has waited longest',
    labels: [],
  },
  tenantry_events_waiting: {
    type: 'gauge',
    help: 'Events that an endpoint is still to be sent',
    labels: ['endpoint'],
  },
  tenantry_oldest_event_seconds: {
    type: 'gauge',
    help: 'How long ago the oldest of them happened',
    labels: ['endpoint'],
  },
  tenantry_last_reconcile_timestamp_seconds: {
    type: 'gauge',
    help: 'When a reconcile last compared everything',
    labels: [],
  },
  tenantry_findings: {
    type: 'gauge',
    help: 'What the last reconcile found and did not mend, by kind',
    labels: ['kind'],
  },
} as const satisfies Record<string, Definition>;

export const definitions = { ...ownMetrics, ...fleetMetrics };

export type MetricName = keyof typeof definitions;
export type FleetMetricName = keyof typeof fleetMetrics;
