import { it } from 'vitest';

/**
 * A story that starts a process for each of many commands, and takes about a minute: `npm run test:long`. What the
 * commands do is tested without them, and each of the commands' own rules by shorter tests.
 */
export const longForm = it.skipIf(!process.env.TENANTRY_LONG_TESTS);
