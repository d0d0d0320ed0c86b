import { describe, expect, it } from 'vitest';
import { listOperations, outcomeOf } from '../../neon/operations.js';
import { neonServer, reply } from './neon-server.js';

const updated = '2026-03-01T12:00:00Z';
const grace = 60_000;

function operation(status: string) {
  return { id: 'o-1', action: 'start_compute', status, created_at: updated, updated_at: updated };
}

function outcome(status: string, restedMs: number): string {
  return outcomeOf(operation(status), grace, Date.parse(updated) + restedMs);
}

describe('an operation', () => {
  it.each([
    ['scheduling', 'pending'],
    ['running', 'pending'],
    ['finished', 'succeeded'],
    ['failed', 'failed'],
    ['error', 'failed'],
    ['cancelling', 'pending'],
    ['cancelled', 'failed'],
    ['skipped', 'succeeded'],
    ['a status that Neon adds next year', 'pending'],
    ['', 'pending'],
  ])('that has been %j for long counts as %s', (status, expected) => {
    expect(outcome(status, 86_400_000)).toBe(expected);
  });

  it.each([
    [0, 'pending'],
    [grace, 'pending'],
    [grace + 1, 'failed'],
    // Neon's clock is ahead of ours.
    [-5_000, 'pending'],
  ])('that failed %i ms ago counts as %s, for Neon may try it again', (restedMs, expected) => {
    expect(outcome('failed', restedMs)).toBe(expected);
  });

  it.each(['error', 'cancelled'])('has no grace in %s', (status) => {
    expect(outcome(status, 0)).toBe('failed');
  });
});

describe('the operations of a project', () => {
  it('are asked for in one call, and may be of an action that is not known yet', async () => {
    const known = { ...operation('running'), action: 'an_action_of_next_year' };
    const neon = await neonServer((response) =>
      reply(response, 200, { operations: [{ ...known, total_duration_ms: 0 }], pagination: { cursor: 'x' } }),
    );
    expect(await listOperations(neon.client(), 'p-1')).toEqual([known]);
    expect(neon.heard.map(({ url }) => url)).toEqual(['/api/v2/projects/p-1/operations?limit=1000']);
  });
});
