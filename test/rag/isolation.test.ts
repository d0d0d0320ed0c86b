import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type RagApp, startRagApp } from './support/rag-app.js';
import { Visitor, wordsOf } from './support/visitor.js';

/** What only one workspace knows. No word of it is in anything that a neighbour asks. */
const secret = 'quetzalcoatl-4711';
const secretTag = 'xylophone';
const password = 'correct horse battery';
const logged: string[] = [];

let rag: RagApp;
let owner: Visitor;
let neighbour: Visitor;
/** Of the owner's. */
let ids: { workspace: string; document: string; citation: string };

beforeAll(async () => {
  const stream = new Writable({
    write(line, _encoding, done) {
      logged.push(String(line));
      done();
    },
  });
  rag = await startRagApp({ logger: { stream } });
  owner = await member('owner@example.com');
  neighbour = await member('neighbour@example.com');

  await owner.get('/documents/new');
  await owner.upload('/documents', [{ name: 'vault.txt', content: `The vault opens with ${secret}.` }], {
    tags: secretTag,
  });
  await neighbour.get('/documents/new');
  await neighbour.upload('/documents', [{ name: 'tea.txt', content: 'Tea is served at four.' }]);
  for (const visitor of [owner, neighbour]) {
    await eventually('the document is ready', async () =>
      (await visitor.get('/documents')).body.includes('state ready'),
    );
  }
  await owner.get('/');
  const answer = (await owner.post('/ask', { question: 'What does the vault open with?' })).body;
  expect(answer).toContain(secret);
  const citation = /class="cite" href="([^"#]+)/.exec(answer)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const session = await rag.accounts.sessions.find(owner.sessionToken);
  ids = {
    workspace: session?.workspaceId ?? '',
    document: /\/documents\/([0-9a-f-]{36})/.exec(citation)?.[1] ?? '',
    citation,
  };
  await neighbour.get('/');
});

afterAll(() => rag.stop());

async function member(email: string): Promise<Visitor> {
  const visitor = new Visitor(rag.app);
  await visitor.get('/sign-up');
  await visitor.post('/sign-up', { workspace: 'Acme', email, password });
  await visitor.get('/setting-up/progress');
  return visitor;
}

/** Whether it is the owner's, whatever its form. */
function expectNothingOfTheOwner(text: string): void {
  expect(text.toLowerCase()).not.toContain(secret);
  expect(text).not.toContain(secretTag);
  expect(text).not.toContain('vault.txt');
}

describe('a neighbour gets nothing', () => {
  it('by the id of a document in an address', async () => {
    const document = `/documents/${ids.document}`;
    const answers = [
      await neighbour.get(document),
      await neighbour.get(`${document}?version=1`),
      await neighbour.get(`/documents/${ids.document.toUpperCase()}`),
      await neighbour.get(`/documents/..%2f${ids.workspace}%2f${ids.document}`),
      await neighbour.post(`${document}/tags`, { tags: 'mine' }),
      await neighbour.post(`${document}/delete`),
      await neighbour.upload(`${document}/replace`, [{ name: 'b.txt', content: 'mine now' }]),
    ];
    for (const { statusCode, body } of answers) {
      expect(statusCode).toBe(404);
      expectNothingOfTheOwner(body);
    }
    expect((await owner.get(document)).body).toContain(secret);
  });

  it('by a link that the owner’s answer cited', async () => {
    const answer = await neighbour.get(ids.citation);
    expect(answer.statusCode).toBe(404);
    expectNothingOfTheOwner(answer.body);
  });

  it('by naming documents, tags or workspaces in a form', async () => {
    await neighbour.get('/');
    for (const fields of [
      { document: ids.document },
      { tag: 'xylo%' },
      { workspace: ids.workspace, workspaceId: ids.workspace, tenantId: ids.workspace, id: ids.workspace },
    ]) {
      const answer = await neighbour.post('/ask', { question: 'What opens the safe?', ...fields });
      expectNothingOfTheOwner(answer.body);
    }
  });

  it('by naming a workspace in a query or a header', async () => {
    const asOwner = {
      'x-tenant-id': ids.workspace,
      'x-workspace-id': ids.workspace,
      'x-original-url': '/documents',
    };
    for (const answer of [
      await neighbour.get(`/documents?workspace=${ids.workspace}&tenantId=${ids.workspace}`),
      await neighbour.get('/documents', asOwner),
      await neighbour.get('/usage', { ...asOwner, 'x-forwarded-host': ids.workspace }),
    ]) {
      expect(answer.statusCode).toBe(200);
      expectNothingOfTheOwner(answer.body);
    }
  });

  it('by a cookie that is forged, cut, or of another signature', async () => {
    const real = owner.cookies.get('session') ?? '';
    const token = owner.sessionToken;
    for (const forged of [
      token,
      `${token}.`,
      `${token}.${'A'.repeat(43)}`,
      real.slice(0, -4),
      ids.workspace,
      '',
    ]) {
      const visitor = new Visitor(rag.app);
      visitor.cookies.set('session', forged);
      visitor.cookies.set('workspace', ids.workspace);
      const answer = await visitor.get('/documents');
      expect(answer.headers.location).toBe('/sign-in');
    }
    neighbour.cookies.set('workspace', ids.workspace);
    expectNothingOfTheOwner((await neighbour.get('/documents')).body);
  });

  it('by SQL where words are expected', async () => {
    await neighbour.get('/');
    const hostile = [
      `' or true --`,
      `'); select text from versions; --`,
      `$1::text || (select string_agg(text, '') from passages)`,
      `safe & !tea | (x:*`,
      `\\'; set role postgres; --`,
    ];
    for (const words of hostile) {
      for (const answer of [
        await neighbour.post('/ask', { question: words }),
        await neighbour.post('/ask', { question: 'safe', tag: words }),
        await neighbour.get(`/documents?tag=${encodeURIComponent(words)}`),
        await neighbour.get(`/documents/${encodeURIComponent(words)}`),
      ]) {
        expect(answer.statusCode).toBeLessThan(500);
        expectNothingOfTheOwner(answer.body);
      }
    }
  });

  it('from a cache that both share', async () => {
    for (const url of ['/', '/documents', '/usage', `/documents/${ids.document}`]) {
      const answer = await owner.get(url);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers.etag).toBeUndefined();
      expectNothingOfTheOwner((await neighbour.get(url)).body);
    }
  });

  it('from what follows documents or a workspace while it changes', async () => {
    for (const url of ['/documents/progress', '/setting-up/progress']) {
      const { body } = await neighbour.get(url);
      expectNothingOfTheOwner(body);
      expect(body).not.toContain(ids.workspace);
      expect(body).not.toContain(ids.document);
    }
  });

  it('by the page of the operator, which is another sign-in', async () => {
    expect((await neighbour.get('/operator')).headers.location).toBe('/operator/sign-in');
  });
});

describe('what is kept elsewhere holds nothing of a document', () => {
  it('neither the record of a tenant', async () => {
    expectNothingOfTheOwner(JSON.stringify(await rag.t.tenantry.exportRecord(ids.workspace)));
  });

  it('nor the history of the run that read it', async () => {
    const run = rag.t.temporal.workflow.getHandle(`rag/${ids.workspace}/${ids.document}`);
    const history = await run.fetchHistory();
    // Payloads are base64 in a history's JSON.
    const payloads = [...JSON.stringify(history).matchAll(/"data":"([^"]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString('utf8'),
    );
    expect(payloads.join('\n')).toContain(ids.document);
    expectNothingOfTheOwner(payloads.join('\n'));
  });

  it('nor a line of the log, which has no question, password or session either', async () => {
    await owner.get(`/documents?tag=${secretTag}`);
    await owner.get('/');
    await owner.post('/ask', { question: `Who knows ${secret}?` });
    const log = logged.join('');
    expect(log).toContain('/documents');
    expectNothingOfTheOwner(log);
    for (const word of [password, owner.sessionToken, neighbour.sessionToken, 'What does the vault']) {
      expect(log).not.toContain(word);
    }
  });

  it('nor the application’s own database', async () => {
    const { rows } = await rag.query(
      `select string_agg(x, ' ') as all from (
         select p::text as x from rag.people p union all select w::text from rag.workspaces w
         union all select s::text from rag.sessions s union all select m::text from rag.memberships m) rows`,
    );
    expectNothingOfTheOwner(String(rows[0]?.all));
  });
});

describe('a session', () => {
  it('is of no use to who was taken out of the workspace', async () => {
    const guest = await member('guest@example.com');
    await rag.query(`delete from rag.memberships where workspace_id = $1`, [
      (await rag.accounts.sessions.find(guest.sessionToken))?.workspaceId,
    ]);
    expect((await guest.get('/documents')).headers.location).toBe('/sign-in');
    expect(wordsOf((await guest.get('/')).body)).toContain('Create a workspace');
  });
});
