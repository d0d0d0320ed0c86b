/**
 * Activities that make one call to Neon's consumption history each. Neon limits these calls apart from all others, and
 * so does this queue.
 */
export { meterUsage } from '../neon/meter-usage.js';
