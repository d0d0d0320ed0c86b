import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is true. Throws when it is not after so long, by default ninety seconds: a wait with an end, never a guess.
 * @param instead What is so meanwhile, for the message.
 */
export async function eventually(
  what: string,
  ask: () => Promise<boolean>,
  withinMs = 90_000,
  instead?: () => Promise<unknown>,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await ask()); await sleep(10)) {
    if (Date.now() <= deadline) continue;
    const seen = instead === undefined ? '' : `; instead: ${JSON.stringify(await instead())}`;
    throw new Error(`waited in vain until ${what}${seen}`);
  }
}
