import { Connection, isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { endableCalls } from '../../connections/temporal-calls.js';
import { setVariables } from '../../tenancy/environment.js';
import { patienceMs, type Subject } from './subject.js';

/** gRPC's own status codes. */
export const grpcStatus = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  unimplemented: 12,
  unauthenticated: 16,
} as const;

export interface TemporalConnection {
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
}

/** Temporal's address, as its own tools read it. Throws when a profile or a certificate cannot be read. */
export function temporalSettings({ environment }: Subject) {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: setVariables(environment),
  });
  return { connectionOptions, namespace, address: connectionOptions.address ?? '127.0.0.1:7233' };
}

/** Connects, runs the requests, and closes the connection. */
export async function withTemporal<T>(
  subject: Subject,
  ask: (temporal: TemporalConnection) => Promise<T>,
): Promise<T> {
  const { connectionOptions, namespace, address } = temporalSettings(subject);
  const { interceptors, end } = endableCalls();
  const options = { ...connectionOptions, interceptors, connectTimeout: patienceMs };
  const connection = await Connection.connect(options);
  try {
    return await connection.withDeadline(Date.now() + patienceMs, () =>
      ask({ connection, address, namespace }),
    );
  } finally {
    end();
    await connection.close();
  }
}

/** The gRPC status of an error, or of its cause. */
export function grpcStatusOf(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code;
  return undefined;
}
