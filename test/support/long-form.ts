import { it } from 'vitest';

/** Whether the long form of the tests is asked for: `npm run test:long`, which leaves nothing out. */
export const longForm = Boolean(process.env.TENANTRY_LONG_TESTS);

/**
 * `it`, in the long form alone: a rule that another test proves in every run, tried again at more cost, with another operation,
 * another fault or a command around the same call.
 */
export const more: ReturnType<typeof it.runIf> = it.runIf(longForm);

/** For `it.each` over cases of one rule: the first of them in every run, and all in the long form. */
export function firstOf<Cases extends readonly unknown[]>(cases: Cases): Cases[number][] {
  return longForm ? [...cases] : cases.slice(0, 1);
}
