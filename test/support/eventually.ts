import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is true. Throws when it is not after twenty seconds: a wait with an end, never a guess. */
export async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await ask()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
  }
}
