import fleet from '../tenantry.config.js';
import { format } from './format.js';
import type { ProjectUse } from './project-use.js';
import type { WorkspaceUse } from './workspace.js';

/** One amount against what the plan allows. */
export interface Meter {
  readonly name: string;
  readonly used: number;
  /** Absent where the plan sets no limit. */
  readonly of: number | undefined;
  readonly write: (amount: number) => string;
  /** What stops once it is reached, in a sentence. */
  readonly stops: string;
  readonly source: 'workspace' | 'neon';
}

/** What a plan of the fleet limits; none of a plan that the fleet no longer has. */
function quotaOf(plan: string) {
  const plans: Readonly<Record<string, (typeof fleet.plans)[keyof typeof fleet.plans] | undefined>> =
    fleet.plans;
  return plans[plan]?.quota;
}

export function metersOf(plan: string, holdings: WorkspaceUse, use: ProjectUse | undefined): Meter[] {
  const quota = quotaOf(plan);
  return [...held(holdings, quota?.logicalSizeBytes), ...(use === undefined ? [] : metered(use, quota))];
}

function held(holdings: WorkspaceUse, databaseBytes: number | undefined): Meter[] {
  const { limits } = holdings;
  return [
    {
      name: 'Documents',
      used: holdings.documents,
      of: limits.documents,
      write: format.count,
      stops: 'No further document is taken. Asking, replacing and deleting work as before.',
      source: 'workspace',
    },
    {
      name: 'Passages',
      used: holdings.passages,
      of: limits.passages,
      write: format.count,
      stops: 'Documents that would need more are not indexed, and say so. What is indexed stays searchable.',
      source: 'workspace',
    },
    {
      name: 'Database',
      used: holdings.databaseBytes,
      of: databaseBytes || undefined,
      write: format.bytes,
      stops: 'Nothing can be added until something is deleted. Asking works as before.',
      source: 'workspace',
    },
  ];
}

function metered(use: ProjectUse, quota: ReturnType<typeof quotaOf>): Meter[] {
  const asleep = 'The database sleeps until the next month begins: no asking, no adding. Documents are kept.';
  return [
    {
      name: 'Compute, in hours of one unit',
      used: use.computeUnitSeconds,
      of: quota?.computeTimeSeconds || undefined,
      write: format.hours,
      stops: asleep,
      source: 'neon',
    },
    {
      name: 'Time awake',
      used: use.activeSeconds,
      of: quota?.activeTimeSeconds || undefined,
      write: format.hours,
      stops: asleep,
      source: 'neon',
    },
    {
      name: 'Data written',
      used: use.writtenBytes,
      of: quota?.writtenDataBytes || undefined,
      write: format.bytes,
      stops: asleep,
      source: 'neon',
    },
  ];
}
