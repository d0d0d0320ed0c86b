import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import {
  CatalogNotMigratedError,
  CatalogUnreachableError,
  CredentialRefusedError,
  PoolsClosedError,
  TemporalUnreachableError,
  TenantBusyError,
  TenantNotFoundError,
  TenantNotReadyError,
} from '../../client/index.js';
import { ChatError } from '../../examples/rag/answers/chat.js';
import { DocumentNotFoundError, DocumentTwiceError } from '../../examples/rag/documents/document-errors.js';
import { LimitReachedError, PlanWithoutLimitsError } from '../../examples/rag/documents/limits.js';
import { EmbedderBusyError } from '../../examples/rag/embeddings/embedder.js';
import { EmbeddingsSettingsError } from '../../examples/rag/embeddings/embedder-from-environment.js';
import {
  EmbedderInputError,
  EmbedderRefusedError,
} from '../../examples/rag/embeddings/embedder-refused-error.js';
import { EmbedderMissingError } from '../../examples/rag/embeddings/embedders.js';
import { MiniLmUnavailableError } from '../../examples/rag/embeddings/minilm.js';
import { DocumentUnfitError } from '../../examples/rag/extract/extracted.js';
import { ModelsMissingError } from '../../examples/rag/models/find-models.js';
import { RerankerError } from '../../examples/rag/search/reranker.js';
import { SearchModelError } from '../../examples/rag/search/search.js';
import { addErrorPages } from '../../examples/rag/server/error-pages.js';
import { PageUnavailableError } from '../../examples/rag/server/fetch-page.js';
import { ForeignFormError } from '../../examples/rag/server/form-guard.js';
import { TooManyRequestsError } from '../../examples/rag/server/limits.js';
import { isOutage } from '../../examples/rag/server/outage.js';
import { troubleOf } from '../../examples/rag/server/trouble.js';
import { addViews } from '../../examples/rag/server/views.js';
import { SignInNeededError } from '../../examples/rag/server/visitor.js';
import { example } from './support/workspaces.js';

it.each([
  [new CatalogUnreachableError('the catalog does not answer'), 'Your workspace cannot be opened just now'],
  [new TemporalUnreachableError('Temporal does not answer'), 'Nothing can be changed just now'],
])('an outage is told as one that passes, and not as a defect: %s', (error, title) => {
  expect(isOutage(error)).toBe(true);
  expect(troubleOf(error)).toMatchObject({ title, passes: true });
});

it('a defect is no outage', () => {
  expect(isOutage(new Error('undefined is not a function'))).toBe(false);
  expect(troubleOf(new Error('undefined is not a function'))).toBeUndefined();
});

const secret = 'http://10.0.0.7/internal';

/** Those that the person can do something about: the page says what they say. */
const ofTheRequest = [
  new DocumentNotFoundError(),
  new DocumentTwiceError('a'),
  new DocumentUnfitError('There is no text in it.'),
  new LimitReachedError('documents', 200),
  new PageUnavailableError('example.com answered 404.'),
  new ForeignFormError('This form was sent from another site.'),
  new TooManyRequestsError(5),
  new SignInNeededError('nobody is signed in'),
];

/** Those that pass. */
const passing = [
  new EmbedderBusyError(secret),
  new EmbedderInputError(secret, secret),
  new SearchModelError('a', 'b'),
  new ChatError('The language model cannot be reached.'),
  new CatalogUnreachableError(secret),
  new TemporalUnreachableError(secret),
  new TenantNotFoundError('acme'),
  new TenantNotReadyError('acme', 'suspended'),
  ...[
    ['25006', 'cannot execute INSERT in a read-only transaction'],
    ['53100', 'could not extend file: No space left on device'],
    ['53300', 'too many connections'],
    ['57014', 'canceling statement due to statement timeout'],
    ['40P01', 'deadlock detected'],
    ['XX000', 'Failed to connect to the requested endpoint'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND ep-1.neon.tech'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH'],
    [undefined, 'Connection terminated unexpectedly'],
    [undefined, 'timeout exceeded when trying to connect'],
    [undefined, 'Query read timeout'],
  ].map(([code, message]) => Object.assign(new Error(message), code === undefined ? {} : { code })),
];

/** Those that only an operator can end. */
const ofTheService = [
  new EmbedderMissingError('the-former-model'),
  new EmbedderRefusedError(secret),
  new EmbeddingsSettingsError(secret),
  new ModelsMissingError('/opt/models'),
  new MiniLmUnavailableError(secret),
  new PlanWithoutLimitsError('enterprise'),
  new CatalogNotMigratedError(secret),
  new CredentialRefusedError('acme'),
  new PoolsClosedError('acme'),
  new TenantBusyError('tenant "acme" is being onboarded', 'acme', 'onboard', {}),
];

/** Search goes on without it. */
const heldBack = [new RerankerError('The reranker could not be reached.')];

/** Serves an error as a route would end of it. */
async function served(error: Error) {
  const lines: string[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      done();
    },
  });
  const app = Fastify({ logger: { stream } });
  addViews(app, 'Folio');
  addErrorPages(app);
  app.decorateRequest('session', undefined);
  app.decorateRequest('formToken', '');
  app.get('/', () => Promise.reject(error));
  const { statusCode, body } = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  await app.close();
  return { statusCode, body, log: lines.filter((line) => line.includes('"level":50')).join('') };
}

describe('an error of ours that ends a request', () => {
  it.each([...ofTheRequest, ...passing])('is a page that says what to do, and no 500: %s', async (error) => {
    const { statusCode, body } = await served(error);
    expect(statusCode === 500 ? error.message : 'told').toBe('told');
    expect(body).not.toContain(secret);
  });

  it.each(ofTheService)(
    'that only an operator can end is told the operator, in the log: %s',
    async (error) => {
      const { statusCode, body, log } = await served(error);
      expect(statusCode).toBe(503);
      expect(log).toContain(JSON.stringify(error.message).slice(1, -1));
      expect(body).not.toContain(error.message);
    },
  );

  it('is one of those that were thought of', async () => {
    const files = (await readdir(example, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.includes('node_modules'),
    );
    const declared: string[] = [];
    for (const file of files) {
      const text = await readFile(path.join(example, file), 'utf8');
      for (const [, name] of text.matchAll(/class (\w+Error) extends/g)) declared.push(name ?? '');
    }
    const known = [...ofTheRequest, ...passing, ...ofTheService, ...heldBack].map(({ name }) => name);
    expect(declared.length).toBeGreaterThan(15);
    expect(declared.filter((name) => !known.includes(name))).toEqual([]);
  });
});
