import { z } from 'zod';
import { noUsage, type Usage, type UsageMetric, usageMetrics } from '../tenancy/usage.js';
import { type NeonClient, path } from './neon-client.js';
import { NeonError } from './neon-error.js';
import { neonId, neonTime, neonWord } from './shapes.js';

/** The most projects in one usage reply of Neon. */
export const mostMeteredProjects = 100;
/** How far back Neon reports usage hour by hour. */
export const hoursOfUsage = 168;

export interface UsageQuestion {
  /** At most {@link mostMeteredProjects}. */
  readonly projectIds: readonly string[];
  /** The start of an hour, no further back than {@link hoursOfUsage}. */
  readonly from: Date;
  readonly to: Date;
}

/** A project's usage in one hour. */
export interface HourOfUsage {
  readonly projectId: string;
  /** The start of the hour. */
  readonly hour: Date;
  readonly usage: Usage;
}

export interface UsageReply {
  /** The projects in Neon's reply: usage of a missing one may still follow. */
  readonly projectIds: readonly string[];
  readonly hours: readonly HourOfUsage[];
}

const names = Object.values(usageMetrics);
const ours = new Map<string, UsageMetric>(
  Object.entries(usageMetrics).map(([name, theirs]) => [theirs, name as UsageMetric]),
);

const hourSchema = z.object({
  timeframe_start: neonTime,
  timeframe_end: neonTime,
  // Neon may send more metrics than we ask for.
  metrics: z.array(z.object({ metric_name: neonWord, value: z.int().min(0) })).max(100),
});

const replySchema = z.object({
  projects: z
    .array(
      z.object({
        project_id: neonId,
        periods: z.array(z.object({ consumption: z.array(hourSchema).max(1_000) })).max(100),
      }),
    )
    .max(mostMeteredProjects),
});

const hourMs = 3_600_000;

/**
 * The usage of some projects, hour by hour, including the current hour as far as Neon has counted it. Neon
 * updates the figures every 15 minutes, completes an hour within the next one, and accepts about 30 such
 * calls a minute. It wakes no compute.
 *
 * Throws `NeonUnauthorized` if the account's plan has no such figures; `NeonContractViolation` for a project
 * that was not requested, or a timeframe other than an hour.
 */
export async function readUsage(
  neon: NeonClient,
  { projectIds, from, to }: UsageQuestion,
  signal?: AbortSignal,
): Promise<UsageReply> {
  const { projects } = await neon.call({
    method: 'GET',
    path: path`/consumption_history/v2/projects`,
    query: {
      org_id: neon.orgId,
      project_ids: projectIds.join(','),
      limit: mostMeteredProjects,
      from: from.toISOString(),
      to: to.toISOString(),
      granularity: 'hourly',
      metrics: names.join(','),
    },
    reply: replySchema,
    signal,
  });
  const asked = new Set(projectIds);
  const told = projects.map(({ project_id }) => project_id);
  if (told.some((id) => !asked.has(id)) || new Set(told).size < told.length)
    throw unexpected('tells of a project that was not asked for, or twice of one');
  const hours = projects.flatMap(({ project_id, periods }) =>
    periods.flatMap(({ consumption }) => consumption.map((hour) => hourOf(project_id, hour))),
  );
  if (new Set(hours.map(({ projectId, hour }) => `${projectId} ${hour.getTime()}`)).size < hours.length)
    throw unexpected('tells of an hour twice');
  return { projectIds: told, hours };
}

function hourOf(projectId: string, told: z.output<typeof hourSchema>): HourOfUsage {
  const [start, end] = [Date.parse(told.timeframe_start), Date.parse(told.timeframe_end)];
  if (start % hourMs !== 0 || end !== start + hourMs) throw unexpected('has a timeframe that is no hour');
  const usage: Record<UsageMetric, number> = { ...noUsage };
  for (const { metric_name, value } of told.metrics) {
    const name = ours.get(metric_name);
    if (name !== undefined) usage[name] = value;
  }
  return { projectId, hour: new Date(start), usage };
}

function unexpected(what: string): NeonError {
  return new NeonError('NeonContractViolation', `GET /consumption_history/v2/projects: the reply ${what}`);
}
