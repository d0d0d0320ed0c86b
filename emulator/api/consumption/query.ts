import { z } from 'zod';
import { forbidden, NeonError } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { type Frame, framesOf, type Granularity } from '../../usage/frames.js';
import { refuseProjectKey } from '../callers.js';
import * as input from '../input.js';
import type { Call } from '../route.js';

/** What all consumption histories are asked with. */
export const rangeQuery = z.object({
  cursor: z.string().optional(),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  granularity: z.enum(['hourly', 'daily', 'monthly']),
  project_ids: input.list(100).pipe(z.array(input.id)).default([]),
});

/** A list of metrics, of which none may be unknown. */
export function metricsQuery<const M extends string>(known: readonly [M, ...M[]]) {
  return input.list(known.length).pipe(z.array(z.enum(known)).min(1));
}

/** @throws NeonError 403 when the account's plan has no such history. */
export function refusePlan(call: Call, { plan }: Neon, ...without: readonly string[]): void {
  refuseProjectKey(call.caller);
  if (without.includes(plan)) throw forbidden('consumption history is not available for this account');
}

/** @throws NeonError 406 when the granularity does not reach so far. */
export function framesAsked(query: {
  readonly from: string;
  readonly to: string;
  readonly granularity: Granularity;
}): Frame[] {
  const frames = framesOf(query.granularity, Date.parse(query.from), Date.parse(query.to), Date.now());
  if (frames === undefined)
    throw new NeonError(
      406,
      'the specified date-time range is outside the boundaries of the specified granularity; ' +
        'adjust from and to, or select a different granularity',
    );
  return frames;
}
