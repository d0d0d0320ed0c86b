import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../examples/rag/server/app.js';
import { fetchPage } from '../../examples/rag/server/fetch-page.js';
import type { AppOptions } from '../../examples/rag/server/parts.js';
import { eventually } from '../support/eventually.js';
import { operatorPassword, type RagApp, startRagApp } from './support/rag-app.js';
import { Visitor, wordsOf } from './support/visitor.js';

let rag: RagApp;
let count = 0;

beforeAll(async () => {
  // A server of a test's is on this machine, which nothing is fetched from otherwise.
  rag = await startRagApp({ fetchPage: (address) => fetchPage(address, { isAllowed: () => true }) });
});

afterAll(() => rag.stop());

afterEach(() => rag.t.emulator.liftFaults());

const password = 'correct horse battery';

/** A person with a workspace that is being set up. */
async function signUp(workspace = 'Acme') {
  count += 1;
  const visitor = new Visitor(rag.app);
  const email = `person${count}@example.com`;
  await visitor.get('/sign-up');
  const answer = await visitor.post('/sign-up', { workspace, email, password });
  const session = await rag.accounts.sessions.find(visitor.sessionToken);
  return { visitor, email, answer, id: session?.workspaceId ?? '' };
}

/** One whose workspace is open. */
async function member(workspace?: string) {
  const person = await signUp(workspace);
  const operation = await rag.t.tenantry.lastOperation(person.id);
  await operation?.result();
  await person.visitor.get('/');
  return person;
}

async function ready({ visitor }: { visitor: Visitor }): Promise<void> {
  await eventually('every document is ready', async () => {
    const { body } = await visitor.get('/documents');
    return body.includes('state ready') && !body.includes('state busy');
  });
}

describe('a sign-up', () => {
  it('answers at once, shows each step as it ends, and leads into the workspace', async () => {
    const { visitor, answer } = await signUp('Globex & Söhne');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/setting-up');
    const page = wordsOf((await visitor.get('/setting-up')).body);
    expect(page).toContain('Setting up Globex & Söhne');

    const events = (await visitor.get('/setting-up/progress')).body;
    expect(events).toContain('Creating a Postgres for your workspace alone');
    expect(events).toMatch(/event: end\ndata: null\n\n$/);

    expect((await visitor.get('/setting-up')).headers.location).toBe('/');
    expect(wordsOf((await visitor.get('/')).body)).toContain('There is nothing to ask yet');
  });

  it('is followed in another tab, and by a page that reloads', async () => {
    const hang = await rag.t.emulator.addFault({
      match: { method: 'POST', path: '/projects', for_ms: 600_000 },
      effect: { kind: 'status', status: 503 },
    });
    const { visitor } = await signUp();
    await hang.struck();
    await eventually('the page says why it waits', async () => {
      const words = wordsOf((await visitor.get('/setting-up')).body);
      return words.includes('It waits, and goes on by itself') && words.includes('503');
    });
    const [one, other] = [visitor.get('/setting-up/progress'), visitor.get('/setting-up/progress')];
    await hang.lift();
    for (const events of [await one, await other]) expect(events.body).toContain('event: end');
    expect((await visitor.get('/setting-up')).headers.location).toBe('/');
  });

  it('that ended between its account and its workspace goes on with the next visit', async () => {
    const email = 'crashed@example.com';
    await rag.accounts.people.signUp({ email, password, workspaceName: 'Acme', plan: 'free' });
    const visitor = new Visitor(rag.app);
    await visitor.get('/sign-in');
    expect((await visitor.post('/sign-in', { email, password })).headers.location).toBe('/');
    expect((await visitor.get('/')).headers.location).toBe('/setting-up');
    await visitor.get('/setting-up');
    await visitor.get('/setting-up/progress');
    expect((await visitor.get('/')).statusCode).toBe(200);
  });

  it('that failed says why, and offers to try again', async () => {
    await rag.t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error', action: 'start_compute' },
    });
    const { visitor } = await signUp();
    await visitor.get('/setting-up/progress');
    const page = wordsOf((await visitor.get('/setting-up')).body);
    expect(page).toContain('The workspace could not be set up');
    expect(page).toContain('start_compute ended as error');
    expect((await visitor.get('/')).headers.location).toBe('/setting-up');

    await rag.t.emulator.liftFaults();
    await visitor.get('/setting-up');
    expect((await visitor.post('/setting-up')).statusCode).toBe(303);
    await visitor.get('/setting-up/progress');
    expect((await visitor.get('/')).statusCode).toBe(200);
  });

  it('sent twice is one workspace', async () => {
    const visitor = new Visitor(rag.app);
    await visitor.get('/sign-up');
    const fields = { workspace: 'Twice', email: 'twice@example.com', password };
    const answers = await Promise.all([visitor.post('/sign-up', fields), visitor.post('/sign-up', fields)]);
    expect(answers.map(({ headers }) => headers.location)).toEqual(['/setting-up', '/setting-up']);
    const all = [...(await rag.accounts.workspaces.among(await tenantIds())).values()];
    expect(all.filter(({ name }) => name === 'Twice')).toHaveLength(1);
  });

  it('says beside each field what is wrong, and shows the password never again', async () => {
    const visitor = new Visitor(rag.app);
    await visitor.get('/sign-up');
    const answer = await visitor.post('/sign-up', { workspace: ' ', email: 'ada', password: 'short' });
    expect(answer.statusCode).toBe(422);
    const words = wordsOf(answer.body);
    for (const said of [
      'Give the workspace a name.',
      'This is not an e-mail address.',
      'Use at least 10 characters.',
    ]) {
      expect(words).toContain(said);
    }
    expect(answer.body).toContain('value="ada"');
    expect(answer.body).not.toContain('short');
  });
});

async function tenantIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of rag.t.tenantry.tenants()) ids.push(id);
  return ids;
}

describe('a sign-in', () => {
  it('says the same of an unknown address and of a wrong password', async () => {
    const { email } = await signUp();
    const visitor = new Visitor(rag.app);
    await visitor.get('/sign-in');
    const wrong = await visitor.post('/sign-in', { email, password: 'not the password' });
    const unknown = await visitor.post('/sign-in', { email: 'nobody@example.com', password });
    expect([wrong.statusCode, unknown.statusCode]).toEqual([422, 422]);
    expect(unknown.body.replace('nobody@example.com', email)).toBe(wrong.body);
  });

  it('begins a new session, and ends the one that the browser had', async () => {
    const { visitor, email } = await signUp();
    const before = visitor.sessionToken;
    await visitor.get('/sign-in');
    await visitor.get('/setting-up');
    await visitor.post('/sign-in', { email, password });
    expect(visitor.sessionToken).not.toBe(before);
    expect(await rag.accounts.sessions.find(before)).toBeUndefined();
  });

  it('sets a cookie that no script reads and no other site’s form sends', async () => {
    const { answer } = await signUp();
    const cookie = answer.cookies.find(({ name }) => name === 'session');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(cookie?.secure).toBeUndefined();
  });

  it('ends with the sign-out', async () => {
    const { visitor } = await signUp();
    const token = visitor.sessionToken;
    await visitor.get('/setting-up');
    expect((await visitor.post('/sign-out')).headers.location).toBe('/sign-in');
    expect(await rag.accounts.sessions.find(token)).toBeUndefined();
    expect((await visitor.get('/documents')).headers.location).toBe('/sign-in');
  });

  it('may be tried ten times for one account, from however many addresses', async () => {
    const { email } = await signUp();
    const answers: number[] = [];
    for (let n = 0; n < 11; n++) {
      const visitor = new Visitor(rag.app);
      await visitor.get('/sign-in');
      const answer = await visitor.post('/sign-in', { email, password: 'not the password' });
      answers.push(answer.statusCode);
      if (n === 10) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(500);
    }
    expect(answers).toEqual([...Array(10).fill(422), 429]);
  });
});

describe('a line with IPv6', () => {
  it('is one asker, whichever of its addresses it asks from', async () => {
    const answers: number[] = [];
    for (let n = 1; n <= 12; n++) {
      const visitor = new Visitor(rag.app, `2a01:4f8:c0c:1234::${n}`);
      await visitor.get('/operator/sign-in');
      answers.push((await visitor.post('/operator/sign-in', { password: 'a guess' })).statusCode);
    }
    expect(answers.slice(0, 10)).not.toContain(429);
    expect(answers.slice(10)).toEqual([429, 429]);
  });
});

describe('a form', () => {
  it('is refused without its token, with another’s, and from another site', async () => {
    const [one, other] = [await signUp(), await signUp()];
    await one.visitor.get('/setting-up');
    await other.visitor.get('/setting-up');
    const refused = [
      await one.visitor.post('/sign-out', { form: '' }),
      await one.visitor.post('/sign-out', { form: other.visitor.formToken }),
      await one.visitor.post('/sign-out', {}, { origin: 'https://elsewhere.example' }),
      await one.visitor.post('/sign-out', {}, { origin: 'null' }),
      await one.visitor.post('/sign-out', {}, { origin: '' }),
    ];
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
    expect((await one.visitor.get('/setting-up')).statusCode).not.toBe(403);
  });

  it('with files is refused without its token, whichever route it goes to', async () => {
    const { visitor } = await member();
    const files = [{ name: 'a.txt', content: 'a' }];
    for (const url of ['/documents', '/documents/paste', '/sign-out']) {
      expect((await visitor.upload(url, files, { form: 'none' })).statusCode).toBeGreaterThanOrEqual(400);
    }
    // The page's own token is in a field of a form with files, where no other route looks for it.
    expect((await visitor.upload('/sign-out', files)).statusCode).toBe(403);
    expect(wordsOf((await visitor.get('/documents')).body)).toContain('No documents yet');
  });

  it('before sign-in belongs to one browser', async () => {
    const [one, other] = [new Visitor(rag.app), new Visitor(rag.app)];
    await one.get('/sign-in');
    await other.get('/sign-in');
    const fields = { email: 'a@example.com', password, form: other.formToken };
    expect((await one.post('/sign-in', fields)).statusCode).toBe(403);
  });
});

describe('documents', () => {
  it('of several files are taken, shown while they are read, and asked', async () => {
    const person = await member();
    const { visitor } = person;
    await visitor.get('/documents/new');
    const answer = await visitor.upload(
      '/documents',
      [
        { name: 'leave.md', content: '# Leave\n\nEverybody has 27 days of holiday a year.' },
        { name: 'pets.txt', content: 'The office dog is called Biscuit.' },
      ],
      { tags: 'Handbook, handbook,  2026 ' },
    );
    expect(answer.headers.location).toBe('/documents');
    const events = (await visitor.get('/documents/progress')).body;
    expect(events).toMatch(/event: end\ndata: null\n\n$/);
    await ready(person);
    const list = wordsOf((await visitor.get('/documents')).body);
    expect(list).toContain('handbook');
    expect(list).toContain('2026');

    await visitor.get('/');
    const page = await visitor.post('/ask', { question: 'How many days of holiday?' });
    expect(wordsOf(page.body)).toContain('27 days of holiday');
    const streamed = await visitor.post(
      '/ask',
      { question: 'How is the dog called?' },
      { accept: 'text/event-stream' },
    );
    expect(streamed.headers['content-type']).toContain('text/event-stream');
    const named = streamed.body.match(/^event: .*$/gm);
    expect(named?.at(0)).toBe('event: found');
    expect(named?.at(1)).toBe('event: part');
    expect(named?.at(-1)).toBe('event: end');
    expect(streamed.body).toContain('Biscuit');
    const tagged = await visitor.post('/ask', {
      question: 'How is the dog called?',
      tag: 'nothing has this',
    });
    expect(wordsOf(tagged.body)).toContain('Not found in your documents.');
  });

  it('are cited by a link that leads to the place, marked', async () => {
    const person = await member();
    const { visitor } = person;
    await visitor.get('/documents/new');
    await visitor.post('/documents/paste', {
      title: 'Notes <b>',
      text: '# First\n\nNothing of interest.\n\n# Second\n\nThe <script>key</script> is under the mat.',
    });
    await ready(person);
    await visitor.get('/');
    const answer = await visitor.post('/ask', { question: 'Where is the key? Under the mat?' });
    expect(answer.body).not.toContain('<script>key');
    const link = /class="cite" href="([^"]+)"/.exec(answer.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(link).toMatch(/^\/documents\/[0-9a-f-]{36}\?version=1&from=\d+&to=\d+#place$/);
    const page = await visitor.get(link.replace('#place', ''));
    const marked = /<mark id="place">([\s\S]*?)<\/mark>/.exec(page.body)?.[1];
    expect(wordsOf(marked ?? '')).toContain('is under the mat.');
    expect(page.body).not.toContain('<script>key');

    const beyond = await visitor.get(link.replace(/from=\d+&to=\d+#place/, 'from=999999&to=1000000'));
    expect(beyond.statusCode).toBe(200);
    expect(beyond.body).not.toContain('<mark');
  });

  it('are replaced, tagged and deleted', async () => {
    const person = await member();
    const { visitor } = person;
    await visitor.get('/documents/new');
    await visitor.upload('/documents', [{ name: 'rates.txt', content: 'The rate is 4 euros.' }]);
    await ready(person);
    const path =
      /href="(\/documents\/[0-9a-f-]{36})"/.exec((await visitor.get('/documents')).body)?.[1] ?? '';

    await visitor.get(path);
    await visitor.upload(`${path}/replace`, [{ name: 'rates-2027.txt', content: 'The rate is 5 euros.' }]);
    await eventually('the new version is shown', async () =>
      wordsOf((await visitor.get(path)).body).includes('The rate is 5 euros.'),
    );
    const cited = wordsOf((await visitor.get(`${path}?version=1&from=0&to=3`)).body);
    expect(cited).toContain('Version 1 was cited, and has been replaced since.');

    await visitor.post(`${path}/tags`, { tags: 'rates' });
    expect(wordsOf((await visitor.get('/documents?tag=rates')).body)).toContain('rates.txt');
    await visitor.post(`${path}/delete`);
    expect((await visitor.get(path)).statusCode).toBe(404);
    expect(wordsOf((await visitor.get('/documents')).body)).toContain('No documents yet');
  });

  it('that cannot be read are refused in a sentence, and do not keep others out', async () => {
    const { visitor } = await member();
    await visitor.get('/documents/new');
    const answer = await visitor.upload('/documents', [
      { name: 'empty.txt', content: '' },
      { name: 'good.txt', content: 'This one can be read.' },
    ]);
    expect(answer.statusCode).toBe(422);
    expect(wordsOf(answer.body)).toContain('empty.txt The file is empty.');
    expect(wordsOf((await visitor.get('/documents')).body)).toContain('good.txt');
  });

  it('that failed say why in the list', async () => {
    const person = await member();
    await person.visitor.get('/documents/new');
    await person.visitor.upload('/documents', [{ name: 'blank.html', content: '<!doctype html><p> </p>' }]);
    await eventually('it has failed', async () =>
      (await person.visitor.get('/documents')).body.includes('state bad'),
    );
    expect(wordsOf((await person.visitor.get('/documents')).body)).toContain('Not taken');
  });

  it('of links are fetched by the server, one failing alone', async () => {
    const site = createServer((request, response) => {
      if (request.url === '/page') {
        response
          .setHeader('content-type', 'text/html')
          .end('<!doctype html><title>Page</title><p>Fetched words.</p>');
      } else if (request.url === '/moved') response.writeHead(302, { location: '/page' }).end();
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    const base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    const person = await member();
    const { visitor } = person;
    await visitor.get('/documents/new');
    const answer = await visitor.post('/documents/links', { links: `${base}/moved\n${base}/none\nnonsense` });
    const words = wordsOf(answer.body);
    expect(words).toContain('/page Added.');
    expect(words).toContain('answered 404.');
    expect(words).toContain('nonsense This is not an address.');
    await ready(person);
    site.close();
  });
});

describe('a workspace that is not to be had', () => {
  it('says so in words while it is suspended, and is back after', async () => {
    const { visitor, id } = await member();
    await rag.t.tenantry.execute.suspend(id);
    await eventually(
      'the pools have noticed',
      async () => (await visitor.get('/documents')).statusCode === 503,
    );
    for (const url of ['/', '/documents', '/usage']) {
      const answer = await visitor.get(url);
      expect(answer.statusCode).toBe(503);
      expect(wordsOf(answer.body)).toContain('Your workspace is paused');
    }
    const asked = await visitor.post('/ask', { question: 'Anything?' }, { accept: 'text/event-stream' });
    expect(asked.body).toContain('Your workspace is paused');
    await rag.t.tenantry.execute.resume(id);
    await eventually('it is back', async () => (await visitor.get('/documents')).statusCode === 200);
  });
});

describe('usage', () => {
  it('is shown against the plan, with what stops when it is used up', async () => {
    const { visitor } = await member();
    const words = wordsOf((await visitor.get('/usage')).body);
    expect(words).toContain('Plan free');
    expect(words).toMatch(/Documents 0 of 200/);
    expect(words).toContain('Asking, replacing and deleting work as before.');
    expect(words).toContain('Compute time');
    expect(words).toMatch(/Search has Postgres \d+\.\d+.* and pgvector \d+\.\d+\.\d+/);
  });
});

describe("the operator's page", () => {
  async function operator(): Promise<Visitor> {
    const visitor = new Visitor(rag.app);
    await visitor.get('/operator/sign-in');
    await visitor.post('/operator/sign-in', { password: operatorPassword });
    return visitor;
  }

  it('lets nobody in without the password, members of workspaces included', async () => {
    const { visitor } = await signUp();
    expect((await visitor.get('/operator')).headers.location).toBe('/operator/sign-in');
    await visitor.get('/operator/sign-in');
    expect((await visitor.post('/operator/sign-in', { password: 'a guess' })).statusCode).toBe(422);
    visitor.cookies.set('operator', `${Date.now() + 1e9}.forged`);
    expect((await visitor.get('/operator')).headers.location).toBe('/operator/sign-in');
  });

  it('shows every tenant with its owner, its use, its cost and the commands that change it', async () => {
    const { id, email } = await member('Initech');
    const visitor = await operator();
    const words = wordsOf((await visitor.get('/operator')).body);
    expect(words).toContain('Initech');
    expect(words).toContain(email);
    expect(words).toContain(`tenantry suspend ${id}`);
    expect(words).toContain(`tenantry plan ${id} team`);
    expect(words).toMatch(/\$0\.106 a compute-unit hour/);
  });

  it('shows what needs attention with the command that ends it', async () => {
    await rag.t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error', action: 'start_compute' },
    });
    const { visitor: person, id } = await signUp();
    await person.get('/setting-up/progress');
    const visitor = await operator();
    const words = wordsOf((await visitor.get('/operator?state=failed')).body);
    expect(words).toContain(id);
    expect(words).toContain(`tenantry onboard ${id}`);
  });

  it('is not there without a password', async () => {
    const app = await pagesAlone();
    expect((await app.inject({ url: '/operator' })).statusCode).toBe(404);
    await app.close();
  });
});

describe('every page', () => {
  it('loads nothing from elsewhere, runs no script and has no style of its own, and is kept by no cache', async () => {
    const { visitor } = await member();
    for (const url of [
      '/',
      '/documents',
      '/documents/new',
      '/usage',
      '/sign-up',
      '/operator/sign-in',
      '/nowhere',
    ]) {
      const { body, headers } = await visitor.get(url);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['cache-control']).toBe('no-store');
      expect(body).not.toMatch(/<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!\/assets\/)/);
      expect(body).not.toMatch(/<script(?![^>]* src=)|<style|\son[a-z]+="|\sstyle="/);
    }
  });

  it('behind https has cookies that go nowhere else', async () => {
    const secure = await pagesAlone({ origin: 'https://folio.example' });
    const answer = await secure.inject({ url: '/sign-in', headers: { host: 'folio.example' } });
    expect(answer.headers['set-cookie']).toMatch(/^__Host-browser=.*; HttpOnly; Secure; SameSite=Lax/);
    expect(answer.headers['strict-transport-security']).toBeDefined();
    await secure.close();
  });
});

/** Without documents or an operator. */
function pagesAlone(options: Partial<AppOptions> = {}) {
  return buildApp({
    accounts: rag.accounts,
    tenantry: rag.t.tenantry,
    workspace: () => {
      throw new Error('nobody asks for one');
    },
    modelChanges: async () => [],
    fetchPage,
    secret: 'a secret of the tests, and of nobody else',
    ...options,
  });
}
