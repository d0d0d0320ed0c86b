import { readFile } from 'node:fs/promises';
import { loadAll } from 'js-yaml';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { answersOf } from '../../worker/answers.js';
import { readWorkerConfiguration } from '../../worker/configuration.js';

/** As much of a manifest as is held to the code. */
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.object({
            envFrom: z.array(z.record(z.string(), z.object({ name: z.string() }))),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            startupProbe: probe,
            livenessProbe: probe,
            readinessProbe: probe,
            volumeMounts: z.array(z.object({ mountPath: z.string() })),
          }),
        ]),
      }),
    }),
  }),
});
const settings = z.object({
  kind: z.enum(['ConfigMap', 'Secret']),
  data: z.record(z.string(), z.string()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
});

const file = await readFile(new URL('../../docs/kubernetes/worker.yaml', import.meta.url), 'utf8');
const manifests = loadAll(file) as unknown[];
const spec = deployment.parse(manifests.find((each) => deployment.safeParse(each).success)).spec.template
  .spec;
const [worker] = spec.containers;
const given = manifests.flatMap((each) => settings.safeParse(each).data ?? []);
const environment = Object.assign({}, ...given.flatMap(({ data, stringData }) => [data, stringData]));

it('gives a worker every setting that it needs, and none that it does not read', () => {
  // The placeholders of secrets are not values.
  const filled = {
    ...environment,
    TENANTRY_CATALOG_URL: 'postgresql://tenantry:x@db:5432/catalog?sslmode=verify-full',
    TENANTRY_SEAL_KEY: `2026:${Buffer.alloc(32).toString('base64')}`,
  };
  const read = readWorkerConfiguration(filled, undefined);
  const others = Object.keys(environment).filter((name) => !Object.hasOwn(read, name));
  // Temporal's own, and the programs of Postgres, which activities look for.
  expect(others.sort()).toEqual([
    'TEMPORAL_ADDRESS',
    'TEMPORAL_API_KEY',
    'TEMPORAL_NAMESPACE',
    'TENANTRY_POSTGRES_BIN',
  ]);
  expect(worker.envFrom.flatMap(Object.keys).sort()).toEqual(['configMapRef', 'secretRef']);
});

it('probes paths and ports that a worker serves, on an address that a probe reaches', () => {
  const served = Object.keys(answersOf({} as Parameters<typeof answersOf>[0]));
  for (const { httpGet } of [worker.startupProbe, worker.livenessProbe, worker.readinessProbe]) {
    expect(served).toContain(httpGet.path);
    const port = worker.ports.find(({ name }) => name === httpGet.port)?.containerPort;
    expect(String(port)).toBe(environment.TENANTRY_HEALTH_PORT);
  }
  expect(worker.livenessProbe.httpGet.path).toBe('/live');
  expect(environment.TENANTRY_LISTEN_HOST).toBe('0.0.0.0');
});

it('waits longer for a worker than the worker does for what it has in hand', () => {
  const grace = Number(environment.TENANTRY_SHUTDOWN_GRACE_SECONDS);
  expect(grace).toBeGreaterThan(0);
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + 10);
});

it('writes exports to a folder that is there', () => {
  expect(worker.volumeMounts.map(({ mountPath }) => mountPath)).toContain(environment.TENANTRY_EXPORT_DIR);
});
