import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.js';
import { jsonForTerminals } from '../tenancy/redact.js';
import type { TenantryWorker } from './create-worker.js';
import type { Answer, Answers } from './http-endpoint.js';
import type { Metrics } from './metrics/metrics.js';
import type { NeonKey } from './neon-key.js';

interface Asked {
  readonly worker: Pick<TenantryWorker, 'isRunning' | 'hasFailed'>;
  readonly catalog: Pick<Catalog, 'installation'>;
  readonly key: Pick<NeonKey, 'trouble'>;
  readonly metrics: Pick<Metrics, 'read' | 'contentType'>;
}

/** Shorter than the timeout of a probe. */
const patienceMs = 2_000;

/**
 * `/live`: whether this process should stay alive. A new process would find the same catalog and the same Neon, so
 * neither is checked. `/ready`: whether the worker takes tasks and reaches its catalog. A worker with an unchecked
 * key takes all tasks except calls to Neon.
 */
export function answersOf({ worker, catalog, key, metrics }: Asked): Answers {
  return {
    '/live': async () =>
      worker.hasFailed()
        ? json(503, { status: 'failed', reason: 'the worker has failed, and does not recover' })
        : json(200, { status: 'live' }),
    '/ready': async () => {
      if (!worker.isRunning()) return json(503, { status: 'unready', reason: 'the worker is stopping' });
      const reason = await catalogTrouble(catalog);
      if (reason !== undefined) return json(503, { status: 'unready', reason });
      const neon = key.trouble();
      return json(200, { status: 'ready', ...(neon === undefined ? {} : { neon }) });
    },
    '/metrics': async () => ({
      status: 200,
      contentType: metrics.contentType,
      body: await metrics.read(),
    }),
  };
}

/** Why the catalog does not respond. */
async function catalogTrouble(catalog: Pick<Catalog, 'installation'>): Promise<string | undefined> {
  const silent = `the catalog did not answer within ${patienceMs} ms`;
  const asked = catalog.installation().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
  );
  return Promise.race([asked, sleep(patienceMs, silent, { ref: false })]);
}

function json(status: number, body: Readonly<Record<string, unknown>>): Answer {
  return { status, contentType: 'application/json', body: jsonForTerminals(body) };
}
