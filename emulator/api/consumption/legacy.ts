import { z } from 'zod';
import type { Neon } from '../../neon.js';
import type { Frame } from '../../usage/frames.js';
import { organizationOf } from '../callers.js';
import * as input from '../input.js';
import { pagination } from '../pagination.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { type Books, booksOf, storedIn, usedIn } from './books.js';
import { projectPage } from './pages.js';
import { periodsOf } from './periods.js';
import { framesAsked, metricsQuery, rangeQuery, refusePlan } from './query.js';

const hourMs = 3_600_000;
const meanBytes = (books: Books, frame: Frame) =>
  storedIn(books, frame, 'all') / ((Math.min(frame.end, Date.now()) - frame.start) / hourMs);

/** What every reply has, asked for or not. */
const always = {
  active_time_seconds: (books: Books, frame: Frame) => usedIn(books, frame).activeMs / 1000,
  compute_time_seconds: (books: Books, frame: Frame) => usedIn(books, frame).computeUnitMs / 1000,
  written_data_bytes: (books: Books, frame: Frame) => usedIn(books, frame).writtenBytes,
  synthetic_storage_size_bytes: meanBytes,
} as const;

const onDemand = {
  data_storage_bytes_hour: (books: Books, frame: Frame) => storedIn(books, frame, 'all'),
  logical_size_bytes: meanBytes,
  logical_size_bytes_hour: (books: Books, frame: Frame) => storedIn(books, frame, 'all'),
} as const;

const names = [
  'active_time_seconds',
  'compute_time_seconds',
  'written_data_bytes',
  'synthetic_storage_size_bytes',
  'data_storage_bytes_hour',
  'logical_size_bytes',
  'logical_size_bytes_hour',
] as const;

const legacyQuery = rangeQuery.extend({
  org_id: input.id.optional(),
  limit: input.limit(100, 10),
  metrics: metricsQuery(names).default(['active_time_seconds']),
  include_v1_metrics: z.enum(['true', 'false']).optional(),
});

/** The history of the plans before usage was what one paid for. */
export function legacyHistory(call: Call, neon: Neon): Reply {
  refusePlan(call, neon, 'free_v3', 'launch');
  const query = parse(legacyQuery, call.query);
  organizationOf(call.caller, query.org_id, neon);
  const wanted = new Set<string>(query.metrics);
  const shown = Object.entries({
    ...always,
    ...Object.fromEntries(Object.entries(onDemand).filter(([name]) => wanted.has(name))),
  });
  const frames = framesAsked(query);
  const page = projectPage(query, neon);
  return ok({
    projects: page.map((project) => {
      const books = booksOf(project, neon);
      const show = (frame: Frame) =>
        Object.fromEntries(shown.map(([name, amount]) => [name, Math.floor(amount(books, frame))]));
      return { project_id: project.id, periods: periodsOf(project, books, neon.plan, frames, show) };
    }),
    ...pagination(page.at(-1)?.id ?? query.cursor),
  });
}
