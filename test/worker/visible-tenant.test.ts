import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientDataConverter } from '../../payloads/data-converter.js';
import { tenantDigest } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const id = 'zaphod.beeblebrox@example.com';
const unlucky = 'marvin@example.com';
const searchAttributes = { tenant: 'HiddenTenant', stage: 'HiddenStage' };

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      encryptPayloads: true,
      visibleTenant: 'digest',
      searchAttributes,
      hooks: {
        async onboarded(tenant) {
          if (tenant.id === unlucky) throw ApplicationFailure.nonRetryable(`no seat for ${unlucky}`);
        },
      },
    },
  });
  await t.temporal.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(searchAttributes).map((name) => [name, keyword])),
  });
  await eventually('the attributes are known', async () => {
    const { customAttributes } = await t.temporal.connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    return Object.values(searchAttributes).every((name) => customAttributes[name] === keyword);
  });
  await t.startWorker();
});

afterAll(() => t.stop());

const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const namespace = 'default';
const { DescribeWorkflowExecutionResponse, GetWorkflowExecutionHistoryResponse, QueryWorkflowResponse } =
  proto.temporal.api.workflowservice.v1;

/** All that the server gives out about the fleet's runs: lists, descriptions, histories, and what the UI asks the workflows. */
async function everythingShown(): Promise<{ runs: string[]; text: string }> {
  const { workflowService: server } = t.temporal.connection;
  const query = `Fleet = "${t.fleet.name}"`;
  const { executions } = await server.listWorkflowExecutions({ namespace, query });
  const texts: Uint8Array[] = [];
  for (const run of executions) {
    const execution = run.execution ?? {};
    const described = await server.describeWorkflowExecution({ namespace, execution });
    texts.push(DescribeWorkflowExecutionResponse.encode(described).finish());
    const history = await server.getWorkflowExecutionHistory({ namespace, execution });
    texts.push(GetWorkflowExecutionHistoryResponse.encode(history).finish());
    const details = await server.queryWorkflow({
      namespace,
      execution,
      query: { queryType: '__temporal_workflow_metadata' },
    });
    texts.push(QueryWorkflowResponse.encode(details).finish());
  }
  return {
    runs: executions.map(({ execution, type }) => `${type?.name} ${execution?.workflowId}`),
    text: [JSON.stringify(executions), ...texts.map((bytes) => Buffer.from(bytes).toString('utf8'))].join(
      '\n',
    ),
  };
}

it('finds no id of a tenant in anything that Temporal shows of its runs, and clients find all by it', async () => {
  const handle = await t.tenantry.start.onboard({ id });
  await handle.result();
  await t.tenantry.execute.changePlan(id, { plan: 'pro' });
  await t.tenantry.execute.branch(id, { name: 'copy' });
  await t.tenantry.removeBranch(id, 'copy');
  const reason = { reason: { type: 'HookFailed', message: expect.stringContaining(unlucky) } };
  await expect(t.tenantry.execute.onboard({ id: unlucky })).rejects.toMatchObject(reason);
  await t.temporal.workflow.execute('runOperation', {
    workflowId: `from-a-schedule/${t.fleet.name}`,
    taskQueue: t.taskQueue,
    args: [{ tenant: { fleet: t.fleet.name, id }, operation: 'suspend' }],
  });

  const shown = tenantDigest(await t.catalog.installation(), t.fleet.name, tenantIdOf(id));
  const { runs, text } = await everythingShown();
  for (const [type, run] of [
    ['onboardTenant', `tenant/${t.fleet.name}/${shown}`],
    ['changePlan', `tenant/${t.fleet.name}/${shown}`],
    ['suspendTenant', `tenant/${t.fleet.name}/${shown}`],
    ['removeBranch', `branch/${t.fleet.name}/${shown}/copy`],
  ])
    expect(runs).toContain(`${type} ${run}`);
  for (const word of ['zaphod', 'beeblebrox', 'marvin', 'example']) expect(text).not.toContain(word);

  expect(await t.tenantry.lastOperation(id)).toMatchObject({ operation: 'suspend', tenantId: id });
  expect((await t.tenantry.list()).tenants.map((tenant) => tenant.id)).toContain(id);
  const found = t.temporal.workflow.list({
    query: `HiddenTenant = "${shown}" and HiddenStage = "suspended"`,
  });
  await eventually('the run is found by its stage', async () => {
    for await (const run of found) if (run.type === 'suspendTenant') return true;
    return false;
  });
  const [first] = await t.tenantry.history(id);
  expect(first).toMatchObject({ operation: 'onboard', workflowId: `tenant/${t.fleet.name}/${shown}` });
});

it('takes a tenant up under its digest where its run was ended by force', async () => {
  await t.tenantry.execute.onboard({ id: 'ford@example.com' });
  const handle = await t.tenantry.start.offboard('ford@example.com', { graceMs: 3_600_000 });
  await eventually(
    'it waits for its grace',
    async () => (await t.tenantry.get('ford@example.com'))?.state === 'offboarding',
  );
  await t.temporal.workflow.getHandle(handle.workflowId, handle.runId).terminate('by hand');
  expect(await t.sweep()).toMatchObject({ tenants: 1 });
  const again = await t.tenantry.operationUnderWay('ford@example.com');
  expect(again).toMatchObject({ workflowId: handle.workflowId, operation: 'offboard' });
  expect(again.runId).not.toBe(handle.runId);
  await again.cancel();
  await again.result().catch(() => {});
  expect((await everythingShown()).text).not.toMatch(/ford@|ford-example/);
});

it('is refused where payloads would show the ids all the same, unless a codec of the user’s own hides them', () => {
  const fleet = { name: 'f', encryptPayloads: false, visibleTenant: 'digest' } as const;
  const options = { sealKeys: undefined, namespace, fleet };
  expect(() => clientDataConverter(options)).toThrow(/set encryptPayloads/);
  const codec = { encode: async () => [], decode: async () => [] };
  expect(clientDataConverter({ ...options, own: { payloadCodecs: [codec] } })).toMatchObject({
    payloadCodecs: [codec],
  });
});
