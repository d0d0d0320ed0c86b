import { randomInt } from 'node:crypto';

/**
 * Systems take the ports of outgoing connections from above these. An endpoint's port must not be one of those: while
 * the emulator is down, any connection could take it away, and every connection string would name a wrong one.
 */
const quiet = { from: 15_000, to: 32_768 };
const attempts = 20;

/** The ports to try for an endpoint, best first; 0 is whatever is free. */
export function* portsToTry(wanted: number): Generator<number> {
  if (wanted !== 0) yield wanted;
  for (let attempt = 0; attempt < attempts; attempt++) yield randomInt(quiet.from, quiet.to);
  yield 0;
}
