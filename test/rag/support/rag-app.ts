import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { type Accounts, openAccounts } from '../../../examples/rag/accounts/accounts.js';
import { limitsOf } from '../../../examples/rag/documents/limits.js';
import type { Embedder } from '../../../examples/rag/embeddings/embedder.js';
import { embeddersOf } from '../../../examples/rag/embeddings/embedders.js';
import { buildApp } from '../../../examples/rag/server/app.js';
import { workspaceAsker } from '../../../examples/rag/server/ask-workspace.js';
import { fetchPage } from '../../../examples/rag/server/fetch-page.js';
import { modelChangesIn } from '../../../examples/rag/server/model-changes.js';
import { makeOperator } from '../../../examples/rag/server/operator.js';
import type { AppOptions } from '../../../examples/rag/server/parts.js';
import { projectUseReader } from '../../../examples/rag/server/project-use.js';
import { workspaceOf } from '../../../examples/rag/server/workspace.js';
import type { TenantryWorker } from '../../../worker/create-worker.js';
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
  readonly worker: TenantryWorker;
  /** In the application's own database. */
  query(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  stop(): Promise<void>;
}

interface RagAppOptions extends Partial<Pick<AppOptions, 'origin' | 'operator' | 'fetchPage' | 'logger'>> {
  readonly embedder?: Embedder;
}

/** The whole example: its pages, its worker, and the stack below, with a model that needs no download. */
export async function startRagApp({
  embedder = wordEmbedder(),
  ...options
}: RagAppOptions = {}): Promise<RagApp> {
  const t = await startWorkspaces();
  const worker = await startRagWorker(t, { newest: embedder });
  const url = await accountsDatabase();
  const accounts = await openAccounts(url);
  const db = new pg.Pool({ connectionString: url, max: 1 });
  const { tenantry } = t;
  const workers = workersOf(t);
  const ask = workspaceAsker({ embedders: embeddersOf(embedder) });
  const secret = 'a secret of the tests, and of nobody else';
  const app = await buildApp({
    accounts,
    tenantry,
    workspace: (tenantId) =>
      workspaceOf(tenantId, { tenantry, workers, ask, limits: async () => limitsOf('free') }),
    readProjectUse: projectUseReader({ apiKey: t.emulator.apiKey, host: t.emulator.url }),
    modelChanges: modelChangesIn(workers, tenantry),
    operator: makeOperator(operatorPassword, secret),
    fetchPage,
    secret,
    ...options,
  });
  return {
    t,
    accounts,
    app,
    worker,
    query: (sql, values) => db.query(sql, values && [...values]),
    async stop() {
      await app.close();
      await db.end();
      await accounts.close();
      await t.tenantry.close();
      await t.stop();
    },
  };
}
