import { DefaultFailureConverter } from '@temporalio/common';

/**
 * The global that a worker sets before it loads the workflow code if failures are to be encrypted: one bundle
 * serves fleets with and without encryption.
 */
export const encodeFailuresSwitch = 'tenantryEncodesFailures';

/**
 * If the switch is set, the messages and stacks of failures become a payload, which the worker's codec
 * encrypts.
 */
export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: Reflect.get(globalThis, encodeFailuresSwitch) === true,
});
