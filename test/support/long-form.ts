/**
 * Whether the long form of the tests is asked for: `npm run test:long`. It has the stories that start a process for each
 * of many commands, and take about a minute each. What the commands do is tested without them.
 */
export const longForm = Boolean(process.env.TENANTRY_LONG_TESTS);
