import { type Check, ok, problem } from './check.js';
import { grpcStatus, grpcStatusOf, withTemporal } from './with-temporal.js';

export const namespace: Check = {
  name: 'namespace',
  needs: ['temporal'],
  make: (subject) =>
    withTemporal(subject, async ({ connection, address, namespace: name }) => {
      try {
        await connection.workflowService.describeNamespace({ namespace: name });
        return ok(`"${name}" exists`);
      } catch (error) {
        if (grpcStatusOf(error) !== grpcStatus.notFound) throw error;
        return problem(
          `Temporal has no namespace "${name}"`,
          `set TEMPORAL_NAMESPACE to one that exists, or: temporal operator namespace create --address ${address} --namespace ${name}`,
        );
      }
    }),
};
