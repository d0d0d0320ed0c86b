import { type Check, ok, problem, unreachable } from './check.js';
import { grpcStatus, grpcStatusOf, temporalSettings, withTemporal } from './with-temporal.js';

/** Temporal responds, and accepts our credentials. */
export const temporal: Check = {
  name: 'temporal',
  needs: [],
  async make(subject) {
    const { address } = settings(subject);
    try {
      return await withTemporal(subject, async () => ok(`answers at ${address}`));
    } catch (error) {
      const status = grpcStatusOf(error);
      if (status === grpcStatus.unauthenticated || status === grpcStatus.permissionDenied) {
        return problem(
          `Temporal at ${address} refuses the credentials`,
          'set TEMPORAL_API_KEY, or the certificate of TEMPORAL_TLS_…, to one that it knows',
        );
      }
      return unreachable(
        `Temporal does not answer at ${address}`,
        'start it, or set TEMPORAL_ADDRESS (and TEMPORAL_TLS_… where it asks for TLS)',
      );
    }
  },
};

function settings(subject: Parameters<typeof temporalSettings>[0]) {
  try {
    return temporalSettings(subject);
  } catch (error) {
    throw new Error(
      `Temporal's own settings (TEMPORAL_…) cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}
