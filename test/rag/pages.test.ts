import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embedderFromEnvironment } from '../../examples/rag/embeddings/embedder-from-environment.js';
import { EmbedderRefusedError } from '../../examples/rag/embeddings/embedder-refused-error.js';
import { fetchModels } from '../../examples/rag/models/fetch-models.js';
import { fetchPage } from '../../examples/rag/server/fetch-page.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { operatorPassword, type RagApp, startRagApp } from './support/rag-app.js';

/** Set to a folder, it keeps the screenshots of `docs/` there. */
const screenshots = process.env.TENANTRY_SCREENSHOTS;

const pictures: readonly string[] = [
  'answer-light',
  'answer-dark',
  'answer-phone',
  'document-light',
  'documents-light',
  'documents-phone',
  'documents-waiting-light',
  'not-found-light',
  'operator-dark',
  'setting-up-light',
  'usage-light',
  'welcome-light',
];

const documents = path.join(checkoutRoot, 'examples', 'rag', 'evaluation', 'documents');
const files = ['travel-policy-2026', 'expenses-and-cards', 'annual-leave', 'remote-work', 'warranty'].map(
  (name) => path.join(documents, `${name}.md`),
);
const password = 'correct horse battery';

const looks = {
  light: { viewport: { width: 1200, height: 780 }, colorScheme: 'light' },
  dark: { viewport: { width: 1200, height: 780 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 800 }, colorScheme: 'light' },
} as const;
type Look = keyof typeof looks;

/** Says that there is no browser where there is none; `TENANTRY_CHROMIUM_BIN` names one. */
describe.skipIf(chromiumPath === undefined)('the pages, in a browser', () => {
  let rag: RagApp;
  let url: string;
  let browser: Browser;
  let member: BrowserContext;
  let isRefusing = false;
  /** What no page of ours may do: ask another host, or break a rule of its own policy. */
  const complaints: string[] = [];

  beforeAll(async () => {
    // What is refused and what is found depends on the model, so it is the one that the example comes with.
    await fetchModels();
    const model = await embedderFromEnvironment();
    rag = await startRagApp({
      fetchPage: (address) => fetchPage(address, { isAllowed: (found) => found === '127.0.0.1' }),
      embedder: {
        ...model,
        embed(texts, signal) {
          if (isRefusing) throw new EmbedderRefusedError('the key is wrong');
          return model.embed(texts, signal);
        },
      },
    });
    url = await rag.app.listen({ port: 0, host: '127.0.0.1' });
    browser = await launchBrowser(chromiumPath ?? '');
    member = await newContext('light');
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await rag?.stop();
  });

  async function newContext(
    look: Look,
    options: { javaScriptEnabled?: boolean } = {},
  ): Promise<BrowserContext> {
    const context = await browser.newContext({ baseURL: url, ...looks[look], ...options });
    context.on('request', (request) => {
      if (!request.url().startsWith(url)) complaints.push(`it asked ${request.url()}`);
    });
    context.on('console', (message) => {
      // What is refused is no fault of the page.
      if (message.type() === 'error' && !message.text().includes('422')) complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(error.error().message));
    return context;
  }

  async function signUp(page: Page, email: string, workspace = 'Tern Instruments'): Promise<void> {
    await page.goto('/');
    await page.getByRole('main').getByRole('link', { name: 'Create a workspace' }).click();
    await page.getByLabel('Name of the workspace').fill(workspace);
    await page.getByLabel('Your e-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create the workspace' }).click();
  }

  const keep = async (page: Page, name: string) => {
    if (screenshots !== undefined && pictures.includes(name)) {
      await page.screenshot({ path: path.join(screenshots, `rag-${name}.png`) });
    }
  };

  it('lead from the sign-up into the workspace, without a reload', async () => {
    const page = await member.newPage();
    await signUp(page, 'ada@example.com');
    await page.getByRole('heading', { name: 'There is nothing to ask yet' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    await page.close();
  });

  it('show each document until it is ready', async () => {
    const page = await member.newPage();
    await page.goto('/documents/new');
    await page.getByLabel('Choose files').setInputFiles(files);
    await page.getByText('warranty.md, ').waitFor();
    await page.getByLabel('Tags optional, with commas between').fill('policies, 2026');
    await page.getByRole('button', { name: 'Upload' }).click();
    await page
      .getByText('Ready')
      .nth(files.length - 1)
      .waitFor();
    await page.close();
  });

  it('answer while it is written, and lead to the place that is cited', async () => {
    const page = await member.newPage();
    await page.goto('/');
    await page.getByLabel('Your question').fill('How much may a night in a hotel cost?');
    await page.keyboard.press('Enter');
    await page.getByText('How this was searched').waitFor();
    await page.locator('#written a.cite').first().waitFor();
    await page.getByRole('button', { name: 'Ask' }).and(page.locator(':enabled')).waitFor();
    await page.locator('#written a.cite').first().click();
    const mark = page.locator('mark');
    await mark.waitFor();
    const box = await mark.boundingBox();
    // Below the bar at the top, and not below the edge.
    expect(box?.y).toBeGreaterThan(60);
    expect(box?.y).toBeLessThan(780);
    await page.close();
  });

  it('take each kind of document: files, a text that is pasted, and links', async () => {
    const web = createServer((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<title>Tide table</title><p>High water at the quay is at ${request.url?.slice(1)}.`);
    });
    await once(web.listen(0, '127.0.0.1'), 'listening');
    const site = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    const context = await newContext('light');
    const page = await context.newPage();
    await signUp(page, 'mary@example.com', 'Harbour Office');
    await page.getByRole('link', { name: 'Add documents' }).click();
    const fixtures = ['notes.md', 'page.html', 'handbook.pdf', 'recipe.docx'];
    const text = { name: 'plain.txt', mimeType: 'text/plain', buffer: Buffer.from('The gate is blue.') };
    await page
      .getByLabel('Choose files')
      .setInputFiles(fixtures.map((name) => path.join(checkoutRoot, 'test/rag/fixtures', name)));
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.waitForURL('**/documents');
    await page.goto('/documents/new');
    await page.getByLabel('Choose files').setInputFiles([text]);
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.waitForURL('**/documents');

    await page.goto('/documents/new');
    await page.getByLabel('Title').fill('Pasted');
    await page.getByLabel('Text or Markdown').fill('# Tea\n\nIt is served at four.');
    await page.getByRole('button', { name: 'Add the text' }).click();
    await page.waitForURL('**/documents');

    await page.goto('/documents/new');
    await page.getByLabel('Public pages').fill(`${site}/noon\n${site}/midnight\nhttp://10.0.0.1/secret`);
    await page.getByRole('button', { name: 'Fetch' }).click();
    await page.getByText('10.0.0.1 is not on the public internet.').waitFor();
    await page.getByRole('link', { name: 'See all documents' }).click();

    const ready = page.locator('.state', { hasText: 'Ready' });
    await ready.nth(fixtures.length + 3).waitFor();
    expect(await ready.count()).toBe(fixtures.length + 4);
    for (const title of ['plain.txt', 'Pasted', 'Tide table'])
      expect(await page.getByRole('link', { name: title }).count()).toBeGreaterThan(0);
    await keep(page, 'kinds-light');
    await context.close();
    web.close();
  }, 180_000);

  it('show two people in two browsers their own documents alone', async () => {
    const people = await Promise.all(
      ['blue', 'green'].map(async (colour) => {
        const context = await newContext('light');
        const page = await context.newPage();
        await signUp(page, `${colour}@example.com`, `The ${colour} yard`);
        await page.getByRole('link', { name: 'Add documents' }).click();
        await page.getByLabel('Title').fill(`The ${colour} gate`);
        await page.getByLabel('Text or Markdown').fill(`The gate of the yard is ${colour}.`);
        await page.getByRole('button', { name: 'Add the text' }).click();
        await page.getByText('Ready').first().waitFor();
        const link = await page.getByRole('link', { name: `The ${colour} gate` }).getAttribute('href');
        return { colour, context, page, link: link ?? expect.fail() };
      }),
    );
    for (const { colour, page } of people) {
      await page.goto('/');
      await page.getByLabel('Your question').fill('The gate of the yard');
      await page.keyboard.press('Enter');
      await page.locator('#written a.cite').first().waitFor();
      const body = page.locator('body');
      expect(await body.textContent()).toContain(`The gate of the yard is ${colour}.`);
      for (const other of people.filter((each) => each.colour !== colour)) {
        expect(await body.textContent()).not.toContain(other.colour);
        const answer = await page.request.get(other.link);
        expect(answer.status()).toBe(404);
        expect(await answer.text()).not.toContain(other.colour);
      }
    }
    await Promise.all(people.map(({ context }) => context.close()));
  }, 180_000);

  it('work by keyboard alone: the first Tab skips to the content, and what has the focus is seen', async () => {
    const page = await member.newPage();
    await page.goto('/documents');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(`({
      text: document.activeElement.textContent,
      outline: getComputedStyle(document.activeElement).outlineStyle,
    })`);
    expect(focus).toEqual({ text: 'Add documents', outline: 'solid' });
    await page.close();
  });

  it('work without script', async () => {
    const context = await newContext('light', { javaScriptEnabled: false });
    const page = await context.newPage();
    await signUp(page, 'grace@example.com', 'Hopper & Daughters');
    // It reloads itself.
    await page.getByRole('heading', { name: 'There is nothing to ask yet' }).waitFor();
    await page.getByRole('link', { name: 'Add documents' }).click();
    await page.getByLabel('Title').fill('Tea');
    await page.getByLabel('Text or Markdown').fill('Tea is served at four.');
    await page.getByRole('button', { name: 'Add the text' }).click();
    await expect
      .poll(async () => (await page.reload()) && page.getByText('Ready').count(), { timeout: 20_000 })
      .toBe(1);
    await page.goto('/');
    await page.getByLabel('Your question').fill('When is tea served?');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('article', { name: 'Answer' }).getByText('Tea is served at four.').waitFor();
    await context.close();
  });

  it.each(Object.keys(looks) as Look[])(
    'are within reach of everybody, and of every width: %s',
    async (look) => {
      const context = await newContext(look);
      await context.addCookies(await member.cookies());
      const page = await context.newPage();

      const check = async (name: string) => {
        const { violations } = await audit(page);
        expect(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
        await keep(page, `${name}-${look}`);
      };

      for (const [name, address] of [
        ['documents', '/documents'],
        ['add', '/documents/new'],
        ['usage', '/usage'],
      ] as const) {
        await page.goto(address);
        await check(name);
      }
      await page.goto('/');
      await page.getByLabel('Your question').fill('How much may a night in a hotel cost?');
      await page.keyboard.press('Enter');
      await page.locator('#written a.cite').first().waitFor();
      await page.getByRole('button', { name: 'Ask' }).and(page.locator(':enabled')).waitFor();
      await check('answer');
      await page.locator('#written a.cite').first().click();
      await page.locator('mark').waitFor();
      await check('document');
      await page.goto('/');
      await page.getByLabel('Your question').fill('How tall is the Eiffel Tower?');
      await page.keyboard.press('Enter');
      const refusal = page.getByRole('article', { name: 'Answer' }).getByText('Not found in your documents.');
      await refusal.waitFor();
      const nearest = page.getByRole('heading', { name: 'The nearest passages' });
      expect((await refusal.boundingBox())?.y).toBeLessThan((await nearest.boundingBox())?.y ?? 0);
      await check('not-found');

      await page.goto('/operator/sign-in');
      await page.getByLabel('Password').fill(operatorPassword);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
      await check('operator');

      await context.clearCookies();
      for (const [name, address] of [
        ['welcome', '/'],
        ['sign-up', '/sign-up'],
        ['sign-in', '/sign-in'],
      ] as const) {
        await page.goto(address);
        await check(name);
      }
      await context.close();
    },
  );

  it('show why a workspace waits while it is set up', async () => {
    const fault = await rag.t.emulator.addFault({
      match: { method: 'POST', path: '/projects', for_ms: 600_000 },
      effect: { kind: 'status', status: 503 },
    });
    const context = await newContext('light');
    const page = await context.newPage();
    await signUp(page, 'barbara@example.com');
    await page
      .getByText('Neon, where databases are made, does not answer just now. It waits, and goes on by itself.')
      .waitFor();
    await page.getByText('POST /projects: 503').waitFor();
    await keep(page, 'setting-up-light');
    await fault.lift();
    await page.getByRole('heading', { name: 'There is nothing to ask yet' }).waitFor();
    await context.close();
  });

  it('say why a document waits, and when it does no longer', async () => {
    isRefusing = true;
    const page = await member.newPage();
    await page.goto('/documents/new');
    await page.getByLabel('Title').fill('Tea');
    await page.getByLabel('Text or Markdown').fill('Tea is served at four.');
    await page.getByRole('button', { name: 'Add the text' }).click();
    await page.getByText('The model that indexes documents refuses to work.').waitFor();
    await page.getByText('Waiting', { exact: true }).waitFor();
    await keep(page, 'documents-waiting-light');
    isRefusing = false;
    await page.getByText('Waiting', { exact: true }).waitFor({ state: 'detached' });
    await page.getByText('Ready').nth(files.length).waitFor();
    await page.close();
  });

  it('asked no other host, and broke no rule of their own policy', () => {
    expect(complaints).toEqual([]);
  });
});

async function audit(page: Page): Promise<axe.AxeResults> {
  // A script that is given as text is run by the browser itself, and not held to the page's policy.
  await page.evaluate(axe.source);
  return page.evaluate('axe.run()');
}
