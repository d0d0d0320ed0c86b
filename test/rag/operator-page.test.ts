import path from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelChanges } from '../../examples/rag/documents/ask-for-models.js';
import { liveModel } from '../../examples/rag/documents/models.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { allLive, essay, startRagWorker, upload } from './support/ingest.js';
import { operatorPassword, type RagApp, startRagApp } from './support/rag-app.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace } from './support/workspaces.js';

/** Set to a folder, it keeps the screenshots of `docs/` there. */
const screenshots = process.env.TENANTRY_SCREENSHOTS;

const former = wordEmbedder({ model: 'former' });
const newest = wordEmbedder({ model: 'newest', dimensions: 32, msPerText: 60 });
const tenants = ['acme', 'birch-and-sons'];

describe.skipIf(chromiumPath === undefined)('the page of the operator, in a browser', () => {
  let rag: RagApp;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    rag = await startRagApp({ embedder: former });
    for (const tenantId of tenants) {
      const pool = await openWorkspace(rag.t, tenantId);
      await upload(rag.t, tenantId, essay(tenantId, 150));
      await allLive(pool, 1);
    }
    rag.worker.shutdown();
    await eventually('the former release has ended', async () => !rag.worker.isRunning());
    await startRagWorker(rag.t, { newest, former });
    browser = await launchBrowser(chromiumPath ?? '');
    const baseURL = await rag.app.listen({ port: 0, host: '127.0.0.1' });
    const context = await browser.newContext({ baseURL, viewport: { width: 1200, height: 780 } });
    page = await context.newPage();
    await page.goto('/operator/sign-in');
    await page.getByLabel('Password').fill(operatorPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Workspaces' }).waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await rag?.stop();
  });

  it('shows how far each change of the model is, and none once it is done', async () => {
    const heading = page.getByRole('heading', { name: 'Change of the model' });
    expect(await heading.count()).toBe(0);
    const rollout = await startModelChanges(rag.t.tenantry);
    const done = () =>
      page
        .getByLabel(/^\d+ of \d+ texts$/)
        .evaluateAll((all) => all.map((each) => Number(each.getAttribute('value'))));
    await eventually(
      'the second is on its way, after the first',
      async () => {
        await page.reload();
        const words = await page.getByText(/workspaces changed/).allInnerTexts();
        const [value = 0] = await done();
        return value > 0 && words.some((each) => each.includes('1 of 2 workspaces changed, wave 2 of 2'));
      },
      90_000,
    );
    await page.getByText('Commands for this change').click();
    await page.getByText(`tenantry fleet pause ${rollout.id}`, { exact: true }).waitFor();
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
    expect(violations.map(({ id }) => id)).toEqual([]);
    if (screenshots !== undefined)
      await page.screenshot({ path: path.join(screenshots, 'rag-operator-change-light.png') });
    const before = await done();
    await eventually('it goes on', async () => {
      await page.reload();
      const now = await done();
      return now.length < before.length || now.some((value, at) => value > (before[at] ?? 0));
    });
    expect(await rollout.result()).toMatchObject({ state: 'done', counts: { succeeded: 2 } });
    await page.reload();
    expect(await heading.count()).toBe(0);
    for (const tenantId of tenants)
      expect(await liveModel(await rag.t.tenantry.pool(tenantId))).toMatchObject({ model: 'newest' });
  }, 180_000);
});
