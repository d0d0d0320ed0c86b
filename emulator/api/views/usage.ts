import type { Neon } from '../../neon.js';
import type { Branch, Project, Usage } from '../../state/records.js';
import { type Amounts, sum } from '../../usage/amounts.js';
import { billingPeriodOf } from '../../usage/billing-period.js';
import { booksOf, storedIn, storedNow } from '../consumption/books.js';
import { branchView } from './branch.js';

const thisPeriod = () => billingPeriodOf(Date.now());
const wholeSeconds = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function amounts(used: Amounts) {
  const computeSeconds = Math.floor(used.computeUnitMs / 1000);
  return {
    cpu_used_sec: computeSeconds,
    compute_time_seconds: computeSeconds,
    active_time_seconds: Math.floor(used.activeMs / 1000),
    written_data_bytes: used.writtenBytes,
    data_transfer_bytes: used.transferBytes,
  };
}

/** A project that has used nothing yet has no consumption period: Neon shows year 1. */
export function projectUsage(project: Project, neon: Neon) {
  const period = thisPeriod();
  const books = booksOf(project, neon);
  return {
    ...amounts(neon.meter.usedSince(project.id, period.start)),
    synthetic_storage_size: storedNow(books),
    data_storage_bytes_hour: Math.floor(storedIn(books, period, 'all')),
    ...(books.usage.length > 0 && {
      consumption_period_start: wholeSeconds(period.start),
      consumption_period_end: wholeSeconds(period.end),
    }),
  };
}

/** The little of it that a list shows, for hundreds of projects at once. */
export function listedUsage(project: Project, neon: Neon) {
  const used = amounts(neon.meter.usedSince(project.id, thisPeriod().start));
  const isEmpty = neon.store.of.usage.in(project.id).every(({ logicalBytes }) => logicalBytes === 0);
  return {
    active_time: used.active_time_seconds,
    cpu_used_sec: used.cpu_used_sec,
    synthetic_storage_size: isEmpty ? 0 : storedNow(booksOf(project, neon)),
  };
}

/** A branch that is asked for, alone or in a list, also tells what it has used. */
export function measuredBranchView(branch: Branch, { meter }: Neon) {
  const usage = meter.usageOf(branch.project_id).filter(({ branch_id }) => branch_id === branch.id);
  const { start } = thisPeriod();
  const last = usage.reduce<Usage | undefined>(
    (a, b) => (a === undefined || b.hour > a.hour ? b : a),
    undefined,
  );
  return {
    ...branchView(branch),
    ...amounts(sum(usage.filter(({ hour }) => hour >= start))),
    ...(last && { logical_size: last.logicalBytes }),
  };
}
