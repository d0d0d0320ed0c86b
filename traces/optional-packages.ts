import { EnvironmentError } from '../tenancy/environment.js';

const packages = [
  '@temporalio/interceptors-opentelemetry',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-http',
] as const;

/** Loads what stands on packages that only traces need. Throws `EnvironmentError` where one is not installed. */
export async function withTracePackages<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMissing =
      error instanceof Error && 'code' in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code));
    if (!isMissing) throw error;
    throw new EnvironmentError([
      `traces are asked for, and a package that they need is not installed: npm install ${packages.join(' ')}`,
    ]);
  }
}
