import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runUrl } from '../../cli/run-url.js';
import type { OperationHandle } from '../../client/index.js';
import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { startTemporalServer, type TemporalServer } from '../../local/temporal-server.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { more } from '../support/long-form.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/** Set to a folder, it keeps the screenshots of `docs/` there. */
const screenshots = process.env.TENANTRY_SCREENSHOTS;

describe.skipIf(chromiumPath === undefined)("Temporal's own UI", () => {
  let scratch: ScratchFolder;
  let temporal: TemporalServer;
  let t: TestTenantry;
  let browser: Browser;
  let page: Page;
  let runs: Record<'ready' | 'failed' | 'waiting' | 'leaving', OperationHandle<unknown>>;

  beforeAll(async () => {
    scratch = scratchFolder('tenantry-ui-');
    temporal = await startTemporalServer({
      binary: inject('ground').toolchain.temporal,
      stateDir: path.join(scratch.path, 'temporal'),
      searchAttributes: registeredSearchAttributes,
    });
    t = await startTenantry({ temporalAddress: temporal.address });
    await t.startWorker();
    const ready = await t.tenantry.start.onboard({ id: 'acme' });
    await ready.result();
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error', action: 'start_compute' },
    });
    const failed = await t.tenantry.start.onboard({ id: 'globex', plan: 'pro' });
    await failed.result().catch(() => {});
    await t.tenantry.execute.onboard({ id: 'hooli' });
    const leaving = await t.tenantry.start.offboard('hooli', { graceMs: 3_600_000 });
    const hang = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hang-operation', action: 'start_compute' },
    });
    const waiting = await t.tenantry.start.onboard({ id: 'initech' });
    await hang.struck();
    runs = { ready, failed, waiting, leaving };
    browser = await launchBrowser(chromiumPath ?? '');
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  });

  afterAll(async () => {
    await browser.close();
    await runs.waiting.cancel();
    await t.stop();
    await temporal.stop('SIGKILL');
    scratch.remove();
  });

  const open = (run: OperationHandle<unknown>, tab = '') =>
    page.goto(runUrl(temporal.uiUrl ?? '', 'default', run.workflowId, run.runId) + tab);

  const keep = async (name: string) => {
    if (screenshots !== undefined) await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
  };

  /** What can be read without scrolling. */
  const seen = async (text: string | RegExp) => {
    const found = page.getByText(text).first();
    await found.waitFor({ state: 'visible', timeout: 20_000 });
    const box = await found.boundingBox();
    expect(box?.y ?? Number.POSITIVE_INFINITY).toBeLessThan(900);
  };

  more(
    'lists runs under ids that read as words, and finds those of a tenant, a plan or a stage',
    async () => {
      const list = `${temporal.uiUrl}/namespaces/default/workflows`;
      await page.goto(list);
      for (const { workflowId } of Object.values(runs)) await seen(workflowId);
      await keep('temporal-ui-runs');
      for (const [filter, found] of [
        ['TenantId="acme"', runs.ready],
        ['Plan="pro"', runs.failed],
        ['Stage="onboarding"', runs.waiting],
        ['Stage="offboarding"', runs.leaving],
      ] as const) {
        await page.goto(`${list}?query=${encodeURIComponent(filter)}`);
        await seen(found.workflowId);
        await page.getByText('1 Workflow', { exact: true }).waitFor();
      }
    },
  );

  it('shows on the first screen of a failed run why it failed', async () => {
    await open(runs.failed);
    await seen(/start_compute ended as error/);
    await keep('temporal-ui-failed');
  });

  it('shows what a run waits for, and what it tries next', async () => {
    await open(runs.waiting);
    await seen(/Create the Neon project and wait until it is ready/);
    await open(runs.waiting, '/pending-activities');
    await seen(/waiting for Neon: start_compute is/);
    await keep('temporal-ui-waiting');
  });

  it('says what a run is for, and how far it has come', async () => {
    await open(runs.waiting);
    await page.getByText('User Metadata').click();
    // The UI shows what users wrote in frames of their own.
    const written = page.frameLocator('iframe');
    await written.first().getByText('Onboard tenant initech on plan free').waitFor();
    await written.last().getByRole('row', { name: '▶ create project' }).waitFor();
    await written.last().getByRole('row', { name: '· prepare database' }).waitFor();
    await written
      .last()
      .getByText(/^In hand since [\d:]{8} UTC: createProject\. If it is tried again/)
      .waitFor();
  });

  it('says of an offboarding until when it can be undone', async () => {
    await open(runs.leaving);
    await page.getByText('User Metadata').click();
    const written = page.frameLocator('iframe');
    await written.first().getByText('Offboard tenant hooli').waitFor();
    await written
      .last()
      .getByRole('row', { name: /^▶ wait out the grace.*until \d{4}-\d\d-\d\dT/ })
      .waitFor();
    await written
      .last()
      .getByText(/^It waits: the offboarding can be undone in the grace, until /)
      .waitFor();
  });
});
