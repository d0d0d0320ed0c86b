import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limitsOf } from '../../examples/rag/documents/limits.js';
import { markDeleted } from '../../examples/rag/documents/removal.js';
import { addDocument } from '../../examples/rag/documents/upload.js';
import { eventually } from '../support/eventually.js';
import { type RagApp, startRagApp } from './support/rag-app.js';
import { Visitor, wordsOf } from './support/visitor.js';

let rag: RagApp;
let visitor: Visitor;
let id: string;

beforeAll(async () => {
  rag = await startRagApp();
  visitor = new Visitor(rag.app);
  await visitor.get('/sign-up');
  await visitor.post('/sign-up', {
    workspace: 'Acme',
    email: 'a@example.com',
    password: 'correct horse battery',
  });
  id = (await rag.accounts.sessions.find(visitor.sessionToken))?.workspaceId ?? '';
  await (await rag.t.tenantry.lastOperation(id))?.result();
});

beforeEach(() => visitor.get('/documents/new'));

afterAll(() => rag.stop());

describe('uploads of one workspace', () => {
  it('are five at once, because each holds a file in memory', async () => {
    await rag.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = rag.app.server.address() as AddressInfo;
    const headers = {
      cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      origin: `http://127.0.0.1:${port}`,
      'content-type': 'multipart/form-data; boundary=x',
    };
    /** Sends its fields and the beginning of a file, and then nothing more. */
    const begin = () => {
      const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/documents', headers });
      sent.on('error', () => {});
      sent.write(
        `--x\r\ncontent-disposition: form-data; name="form"\r\n\r\n${visitor.formToken}\r\n--x\r\n` +
          'content-disposition: form-data; name="files"; filename="a.txt"\r\n\r\nIt begins',
      );
      return sent;
    };
    // Whichever of six comes last is refused.
    const six = Array.from({ length: 6 }, begin);
    const answered = await Promise.race(six.map(async (each) => (await once(each, 'response'))[0]));
    expect(answered.statusCode).toBe(429);
    for (const each of six) each.destroy();
    /** It takes half a second whatever is answered: a session may hand in sixty times a minute, and this asks until it is so. */
    const isTaken = async () => {
      let status: number | undefined;
      const one = begin();
      one.once('response', ({ statusCode }) => {
        status = statusCode;
      });
      await sleep(500);
      one.destroy();
      return status === undefined;
    };
    await eventually('there is room again', isTaken);
  });
});

describe('what a person hands in', () => {
  it('may hold characters that Postgres does not store', async () => {
    const odd = 'a\0b';
    await visitor.upload('/documents', [{ name: 'odd.txt', content: 'odd words' }], { tags: odd });
    const answers = [
      await visitor.post('/documents/paste', { title: odd, text: 'pasted words', tags: odd }),
      await visitor.post('/ask', { question: odd, tag: odd }),
      await visitor.get(`/documents?tag=${encodeURIComponent(odd)}`),
      await visitor.post('/sign-in', { email: `${odd}@example.com`, password: odd }),
      await visitor.post('/sign-up', { workspace: odd, email: 'odd@example.com', password: 'short' }),
    ];
    expect(answers.filter(({ statusCode }) => statusCode >= 500)).toEqual([]);
    const path = /href="(\/documents\/[0-9a-f-]{36})"/.exec((await visitor.get('/documents')).body)?.[1];
    expect((await visitor.post(`${path}/tags`, { tags: odd })).statusCode).toBe(303);
    const other = new Visitor(rag.app);
    await other.get('/sign-up');
    const member = { workspace: odd, email: 'odd@example.com', password: 'correct horse battery' };
    expect((await other.post('/sign-up', member)).statusCode).toBe(303);
  });

  it('is refused by itself where it is too large, or one too many', async () => {
    expect(wordsOf((await visitor.get('/documents/new')).body)).toContain('Up to 20 files of 5 MB.');
    const [large, ...small] = Array.from({ length: 21 }, (_, n) => ({
      name: `file${n}.txt`,
      content: n === 0 ? Buffer.alloc(21_000_000, 'word ') : `File ${n}.`,
    }));
    const answer = await visitor.upload('/documents', [large ?? expect.fail(), ...small]);
    expect(answer.statusCode).toBe(422);
    const words = wordsOf(answer.body);
    expect(words).toContain('file0.txt A document may have 5 MB at most.');
    expect(words).toContain('file1.txt Added.');
    expect(words).toContain('file19.txt Added.');
    expect(words).toContain('file20.txt It was not taken: 20 files at a time are the most.');
  });

  it('is offered to be asked once it is searchable, and not before', async () => {
    const pool = await rag.t.tenantry.pool(id);
    const content = Buffer.from('of a process that died');
    await addDocument(pool, { kind: 'text', content, title: 'Not read so far' }, limitsOf('free'));
    expect((await visitor.get('/')).body).not.toContain('Not read so far');
  });

  it('is removed at the next visit, where the process died after it was deleted', async () => {
    const pool = await rag.t.tenantry.pool(id);
    const content = Buffer.from('of another process that died');
    const { documentId } = await addDocument(pool, { kind: 'text', content }, limitsOf('free'));
    await markDeleted(pool, documentId);
    expect((await visitor.get('/documents')).statusCode).toBe(200);
    await eventually('its rows are gone', async () => {
      const { rowCount } = await pool.query('select from versions where document_id = $1', [documentId]);
      return rowCount === 0;
    });
  });
});
