import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { WorkerProcess } from '../../local/worker-process.js';
import { tracesUrl } from '../../traces/traces-url.js';
import { bundleWorkflows, readBundle } from '../../worker/workflow-bundle.js';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.js';
import { runTenantryProcess } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker, workerLog } from '../support/worker-process.js';

let t: TestTenantry;
let collector: Collector;
let worker: WorkerProcess;
let bundle: string;
let traced: Readonly<Record<string, string>>;

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);');
  bundle = path.join(t.folder, 'traced-workflows.js');
  [collector] = await Promise.all([startCollector(), bundleWorkflows(bundle, { traces: true })]);
  traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  worker = await startKillableWorker(t, { ...traced, TENANTRY_WORKFLOW_BUNDLE: bundle });
});

afterAll(async () => {
  await worker.stop();
  await collector.close();
  await t.stop();
});

const onlyForTraces = /@opentelemetry\/(?!api\/)|interceptors-opentelemetry/;

/** Has a process of Node write down, when it ends, which files of packages it loaded. */
function tellingLoaded(): Readonly<Record<string, string>> {
  const module = `import { createRequire } from 'node:module'; import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(loadedFile())}, JSON.stringify(Object.keys(createRequire('/').cache))));`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(module)}` };
}

const loadedFile = () => path.join(t.folder, 'loaded.json');
const loaded = async (): Promise<string[]> => JSON.parse(await readFile(loadedFile(), 'utf8'));

/** Each span's name behind those of the spans that it lies in. */
function paths(spans: readonly CollectedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (span: CollectedSpan): string[] => {
    const parent = byId.get(span.parentSpanId);
    return [...(parent === undefined ? [span.parentSpanId && 'unknown'] : pathOf(parent)), span.name];
  };
  return spans.map((span) => pathOf(span).filter(Boolean).join(' > '));
}

describe('a command and a worker that trace', () => {
  it('make one trace of an onboarding, from the caller to the calls to Neon and the SQL, with no secret in it', async () => {
    const { exitCode, stderr } = await runTenantryProcess(['onboard', 'acme', '--wait'], {
      ...t.environment,
      ...traced,
    });
    expect(exitCode, stderr).toBe(0);
    const ended = () => collector.spans.find(({ name }) => name === 'RunWorkflow:onboardTenant');
    await eventually('the run has been told of', async () => ended() !== undefined);
    const { traceId } = ended() as CollectedSpan;
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const found = paths(spans);
    const run = 'tenantry onboard > StartWorkflow:onboardTenant > RunWorkflow:onboardTenant';
    const attempt = (activity: string) => `${run} > StartActivity:${activity} > RunActivity:${activity}`;
    expect(found).toContain(run);
    expect(found).toContain(`${attempt('beginOnboarding')} > INSERT tenants`);
    expect(found).toContain(`${attempt('createProject')} > Neon POST /projects`);
    expect(found).toContain(`${attempt('createProject')} > Neon GET /projects/{id}/operations`);
    expect(found).toContain(`${attempt('prepareDatabase')} > connect`);
    expect(found).toContain(`${attempt('prepareDatabase')} > CREATE`);
    expect(found.filter((each) => each.startsWith('unknown'))).toEqual([]);
    expect(new Set(spans.map(({ service }) => service))).toEqual(
      new Set(['tenantry-client', 'tenantry-worker']),
    );
    const post = spans.find(({ name }) => name === 'Neon POST /projects');
    expect(post?.attributes).toMatchObject({
      'http.response.status_code': 201,
      'server.address': '127.0.0.1',
    });

    const whole = collector.bodies.join('\n');
    const password = new URL(await t.tenantry.connectionString('acme')).password;
    const {
      NEON_API_KEY: key = '',
      TENANTRY_SEAL_KEY: seal = '',
      TENANTRY_CATALOG_URL: catalog = '',
    } = t.environment;
    for (const secret of [password, key, seal, new URL(catalog).password, 'create table', 'SCRAM-SHA-256'])
      expect(whole.includes(secret), 'a secret, or the words of a statement').toBe(false);
  });

  it('name the trace in the log', async () => {
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'globex' });
    await expect(handle.result()).rejects.toThrow();
    const lines = (await readFile(workerLog(t), 'utf8')).split('\n').filter((line) => line.startsWith('{'));
    const failed = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'onboard failed');
    expect(failed).toMatchObject({ trace_id: expect.stringMatching(/^[0-9a-f]{32}$/), runId: handle.runId });
    const told = () =>
      collector.spans.find(
        ({ name, traceId }) => name.startsWith('RunWorkflow') && traceId === failed.trace_id,
      );
    await eventually('the run has been told of', async () => told() !== undefined);
    expect(told()).toMatchObject({ failed: true });
  });

  it('refuse a bundle that was made without', async () => {
    const made = readBundle(inject('ground').workflowBundle, { traces: true });
    await expect(made).rejects.toThrow('bundleWorkflows(file, { traces: true })');
  });
});

describe('workflows that trace', () => {
  const histories = new URL('../replay/histories/', import.meta.url);
  async function replay(codePath: string, runs: readonly { workflowId: string; history: unknown }[]) {
    quietRuntime();
    const sinks = { exporter: { export: { fn() {} } } };
    const failed: unknown[] = [];
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: { codePath }, sinks }, runs))
      if (error !== undefined) failed.push(error);
    expect(failed).toEqual([]);
  }

  it('go on with every run that was recorded without traces', async () => {
    const runs = readdirSync(histories).map((name) => {
      const history: unknown = JSON.parse(readFileSync(new URL(name, histories), 'utf8'));
      const [first] = historyFromJSON(history).events ?? [];
      return { workflowId: first?.workflowExecutionStartedEventAttributes?.workflowId ?? name, history };
    });
    expect(runs.length).toBeGreaterThan(15);
    await replay(bundle, runs);
  });

  it('leave a history that workflows without traces go on with', async () => {
    const { workflowId, runId } = await t.tenantry.start.onboard({ id: 'acme' });
    const history = await t.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    expect(JSON.stringify(history)).toContain('_tracer-data');
    for (const codePath of [bundle, inject('ground').workflowBundle])
      await replay(codePath, [{ workflowId, history }]);
  });
});

describe('without an endpoint for traces', () => {
  it.each([
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/own' }, 'http://c:4318/own'],
  ])('%o leads to %s', (environment, url) => expect(tracesUrl(environment)).toBe(url));

  it('a command and its client load nothing of what only traces need', async () => {
    const { exitCode, stderr } = await runTenantryProcess(['list'], { ...t.environment, ...tellingLoaded() });
    expect(exitCode, stderr).toBe(0);
    const files = await loaded();
    expect(files.some((file) => file.includes('@temporalio/client'))).toBe(true);
    expect(files.filter((file) => onlyForTraces.test(file))).toEqual([]);
  });
});
