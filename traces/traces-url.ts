import { setVariables } from '../tenancy/environment.js';

/** Where traces are sent, by OpenTelemetry's own variables; `undefined`: nobody asks for any. */
export function tracesUrl(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const {
    OTEL_SDK_DISABLED: disabled,
    OTEL_TRACES_EXPORTER: exporter,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ofTraces,
    OTEL_EXPORTER_OTLP_ENDPOINT: ofAll,
  } = setVariables(environment);
  if (disabled?.toLowerCase() === 'true' || exporter === 'none') return undefined;
  return ofTraces ?? (ofAll && `${ofAll.replace(/\/$/, '')}/v1/traces`);
}
