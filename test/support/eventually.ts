import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is true. Throws when it is not after so long, by default twenty seconds: a wait with an end, never a guess. */
export async function eventually(
  what: string,
  ask: () => Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await ask()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
  }
}
