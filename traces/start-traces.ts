import { withTracePackages } from './optional-packages.js';
import type { StartedTraces } from './traces.js';
import { tracesUrl } from './traces-url.js';

/**
 * Begins to send traces where `OTEL_EXPORTER_OTLP_ENDPOINT` says. Without it nothing is loaded. A process that has set up OpenTelemetry
 * itself keeps what it has.
 * @param service What the process is called, where `OTEL_SERVICE_NAME` does not say.
 */
export async function startTraces(
  environment: Readonly<Record<string, string | undefined>>,
  service: string,
): Promise<StartedTraces | undefined> {
  const url = tracesUrl(environment);
  if (url === undefined) return undefined;
  const { startSdk } = await withTracePackages(() => import('./sdk.js'));
  return startSdk(url, service);
}
