import { DefaultFailureConverter } from '@temporalio/common';

/**
 * The global that a worker sets before it loads the workflows' code, where failures are to be encrypted: one bundle
 * serves fleets that encrypt and fleets that do not.
 */
export const encodeFailuresSwitch = 'tenantryEncodesFailures';

/** Where it is set, messages and stacks of failures become a payload, which the worker's codec encrypts. */
export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: Reflect.get(globalThis, encodeFailuresSwitch) === true,
});
