import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { type Accounts, openAccounts } from '../../../examples/rag/accounts/accounts.js';
import { limitsOf } from '../../../examples/rag/documents/limits.js';
import type { Embedder } from '../../../examples/rag/embeddings/embedder.js';
import { type AppOptions, buildApp } from '../../../examples/rag/server/app.js';
import type { AskWorkspace } from '../../../examples/rag/server/ask-workspace.js';
import { fetchPage } from '../../../examples/rag/server/fetch-page.js';
import { modelChangesIn } from '../../../examples/rag/server/model-changes.js';
import { makeOperator } from '../../../examples/rag/server/operator.js';
import { projectUseReader } from '../../../examples/rag/server/project-use.js';
import { workspaceOf } from '../../../examples/rag/server/workspace.js';
import { search } from '../../../examples/rag/search/search.js';
import type { TestTenantry } from '../../support/tenantry.js';
import { accountsDatabase } from './accounts-database.js';
import { startRagWorker, workersOf } from './ingest.js';
import { wordEmbedder } from './word-embedder.js';
import { startWorkspaces } from './workspaces.js';

export const operatorPassword = 'an operator’s password';

export interface RagApp {
  readonly t: TestTenantry;
  readonly accounts: Accounts;
  readonly app: FastifyInstance;
  stop(): Promise<void>;
}

interface RagAppOptions extends Partial<Pick<AppOptions, 'origin' | 'operator' | 'fetchPage'>> {
  readonly embedder?: Embedder;
  readonly ask?: AskWorkspace;
  readonly logger?: FastifyServerOptions['logger'];
}

/** The whole example: its pages, its worker, and the stack below, with a model that needs no download. */
export async function startRagApp({ embedder = wordEmbedder(), ...options }: RagAppOptions = {}): Promise<RagApp> {
  const t = await startWorkspaces();
  await startRagWorker(t, { newest: embedder });
  const accounts = await openAccounts(await accountsDatabase());
  const { tenantry } = t;
  const workers = workersOf(t);
  const ask = options.ask ?? quoting(embedder);
  const secret = 'a secret of the tests, and of nobody else';
  const app = await buildApp({
    accounts,
    tenantry,
    workspace: (tenantId) =>
      workspaceOf(tenantId, { tenantry, workers, ask, limits: async () => limitsOf('free') }),
    readProjectUse: projectUseReader({ apiKey: t.emulator.apiKey, host: t.emulator.url }),
    modelChanges: modelChangesIn(workers),
    operator: makeOperator(operatorPassword, secret),
    fetchPage,
    secret,
    ...options,
  });
  return {
    t,
    accounts,
    app,
    async stop() {
      await app.close();
      await accounts.close();
      await t.tenantry.close();
      await t.stop();
    },
  };
}

/** Answers with the best passage itself, so that a test knows what to expect. */
function quoting(embedder: Embedder): AskWorkspace {
  return async function* (pool, question, filter) {
    const { passages, how } = await search(pool, embedder, question, filter);
    const note = { ...how, tookMs: 12 };
    const [best] = passages;
    if (best === undefined) return yield { kind: 'not-found', how: note };
    yield { kind: 'found', passages, how: note };
    yield { kind: 'text', text: best.text };
    yield { kind: 'answered', text: `${best.text} [1]`, by: 'Quoted.' };
  };
}
