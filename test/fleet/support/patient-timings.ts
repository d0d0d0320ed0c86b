import { quickTimings } from '../../support/tenantry.js';

const minute = 60_000;

/** For many tenants on a machine that has other work to do as well: nothing is to fail, or to be done twice, because it is slow. */
export const patientTimings = {
  ...quickTimings,
  shortStep: minute,
  neonCall: minute,
  heartbeat: minute,
  workflowTask: minute,
  databaseDeadline: 2 * minute,
  operationPoll: 100,
};
