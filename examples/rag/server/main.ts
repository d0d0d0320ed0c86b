// The application as a process: `tsx server/main.ts`. What it needs is in `environment.ts`; it ends with SIGTERM or SIGINT.
import { EnvironmentError } from 'tenantry';
import { connectTenantry, TenantNotFoundError } from 'tenantry/client';
import { openAccounts } from '../accounts/accounts.js';
import { chatFrom } from '../answers/openai-chat.js';
import { limitsOf } from '../documents/limits.js';
import { embedderFromEnvironment } from '../embeddings/embedder-from-environment.js';
import { embeddersOf, formerEnvironment } from '../embeddings/embedders.js';
import { rerankerFrom } from '../search/http-reranker.js';
import fleet from '../tenantry.config.js';
import { buildApp } from './app.js';
import { workspaceAsker } from './ask-workspace.js';
import { readServerEnvironment } from './environment.js';
import { fetchPage } from './fetch-page.js';
import { modelChangesIn } from './model-changes.js';
import { makeOperator } from './operator.js';
import { projectUseReader } from './project-use.js';
import { workspaceOf } from './workspace.js';

/** A request that waits longer is one that nobody waits for any more. */
const queryMs = 30_000;

async function start(): Promise<void> {
  const former = formerEnvironment(process.env);
  const [settings, connected, newestEmbedder, formerEmbedder, chat, reranker] = await allOf([
    async () => readServerEnvironment(process.env),
    () => connectTenantry(fleet, process.env, { queryMs }),
    () => embedderFromEnvironment(process.env),
    async () => former && embedderFromEnvironment(former),
    async () => chatFrom(process.env),
    async () => rerankerFrom(process.env),
  ]);
  const { tenantry, temporal, taskQueue } = connected;
  const workers = { temporal, taskQueue };
  const embedders = embeddersOf(newestEmbedder, formerEmbedder);
  const ask = workspaceAsker({ embedders, chat, reranker });
  const accounts = await openAccounts(settings.RAG_DATABASE_URL);
  const { NEON_API_KEY: apiKey, NEON_API_HOST: host, RAG_OPERATOR_PASSWORD: operatorPassword } = settings;

  const limits = async (tenantId: string) => {
    const tenant = await tenantry.get(tenantId);
    if (tenant === undefined) throw new TenantNotFoundError(tenantId);
    return limitsOf(tenant.plan);
  };

  const app = await buildApp({
    accounts,
    tenantry,
    workspace: (tenantId) => workspaceOf(tenantId, { tenantry, workers, ask, limits }),
    readProjectUse: apiKey === undefined ? undefined : projectUseReader({ apiKey, host }),
    modelChanges: modelChangesIn(workers, tenantry),
    operator:
      operatorPassword === undefined
        ? undefined
        : makeOperator(operatorPassword, settings.RAG_SESSION_SECRET),
    fetchPage,
    secret: settings.RAG_SESSION_SECRET,
    origin: settings.RAG_ORIGIN,
    proxies: settings.RAG_TRUST_PROXY,
    logger: true,
  });
  app.addHook('onClose', async () => {
    await Promise.all([accounts.close(), connected.close(), newestEmbedder.close(), formerEmbedder?.close()]);
  });
  await app.listen({ port: settings.PORT, host: settings.HOST });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());
}

type Results<Starts extends readonly (() => Promise<unknown>)[]> = {
  -readonly [At in keyof Starts]: Awaited<ReturnType<Starts[At]>>;
};

/** Starts all, so that what is wrong with each is said at once. Throws `EnvironmentError`. */
async function allOf<const Starts extends readonly (() => Promise<unknown>)[]>(
  starts: Starts,
): Promise<Results<Starts>> {
  const settled = await Promise.allSettled(starts.map((each) => each()));
  const problems = settled.flatMap((each) => (each.status === 'rejected' ? problemsIn(each.reason) : []));
  if (problems.length > 0) throw new EnvironmentError(problems);
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined)) as Results<Starts>;
}

function problemsIn(error: unknown): readonly string[] {
  if (error instanceof EnvironmentError) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}

try {
  await start();
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
