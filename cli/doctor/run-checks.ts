import { setTimeout as sleep } from 'node:timers/promises';
import { withoutAddresses } from '../../tenancy/redact.js';
import { type Check, type CheckName, type Outcome, problem, type Result, unreachable } from './check.js';
import { type Subject, Unreadable } from './subject.js';

/** The longest time for a check, with all its requests. */
const limitMs = 8_000;

/**
 * Runs the checks, concurrently where they do not need each other, and yields the results in the checks' order, each
 * as soon as it is known. A check comes after those that it needs.
 */
export async function* runChecks(
  checks: readonly Check[],
  subject: Subject,
  timeLimitMs = limitMs,
): AsyncGenerator<Result> {
  const results = new Map<CheckName, Promise<Result>>();
  for (const check of checks) {
    const needed = check.needs.flatMap((name) => results.get(name) ?? []);
    results.set(check.name, resultOf(check, Promise.all(needed), subject, timeLimitMs));
  }
  for (const result of results.values()) yield await result;
}

async function resultOf(
  check: Check,
  needed: Promise<readonly Result[]>,
  subject: Subject,
  timeLimitMs: number,
): Promise<Result> {
  const missing = (await needed).find(({ status }) => status !== 'ok');
  const outcome: Outcome =
    missing === undefined
      ? await within(timeLimitMs, check, subject)
      : { status: 'skipped', message: `it needs the check "${missing.check}" to be well` };
  return { check: check.name, ...outcome };
}

async function within(timeLimitMs: number, check: Check, subject: Subject): Promise<Outcome> {
  const done = new AbortController();
  const late = sleep(timeLimitMs, undefined, { signal: done.signal }).then(
    () =>
      unreachable(
        `no answer within ${timeLimitMs / 1000} s`,
        'look whether the server is up and what lies between it and here, and run doctor again',
      ),
    () => Promise.race<never>([]),
  );
  try {
    return await Promise.race([check.make(subject), late]);
  } catch (error) {
    if (error instanceof Unreadable) return { status: 'skipped', message: error.message };
    const message = error instanceof Error ? error.message : String(error);
    return problem(withoutAddresses(message), 'fix what the message names, and run doctor again');
  } finally {
    done.abort();
  }
}
