/*
 * The whole service on this machine, with two workspaces to try: `npm run demo:rag`. With `--check` it asks both workspaces a
 * question, checks the answers, and ends. Nothing is kept.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startTestStack } from 'tenantry/testing';
import { check } from './demo/check.js';
import { startServer } from './demo/server-process.js';
import { fillWorkspaces, foreignQuestion, type Member, sharedQuestion } from './demo/workspaces.js';
import { fetchModels } from './models/fetch-models.js';

const options = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;
const operatorPassword = randomBytes(12).toString('base64url');

await fetchModels();
console.log('Starting Temporal, Postgres, the emulator of Neon, a worker and the server …');
const stack = await startTestStack({ config: path.join(import.meta.dirname, 'tenantry.config.ts') });
try {
  const server = await startServer({
    ...process.env,
    ...stack.environment,
    // A database of its own in production.
    RAG_DATABASE_URL: stack.environment.TENANTRY_CATALOG_URL,
    RAG_SESSION_SECRET: randomBytes(32).toString('base64'),
    RAG_OPERATOR_PASSWORD: operatorPassword,
    RAG_ORIGIN: '',
    RAG_TRUST_PROXY: '',
  });
  try {
    console.log('Signing two workspaces up, and handing in their documents …');
    const members = await fillWorkspaces(server.url);
    if (options.check) await check(members);
    else {
      invite(server.url, members);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    }
  } finally {
    await server.stop();
  }
} finally {
  await stack.stop();
}

function invite(url: string, members: readonly Member[]): void {
  console.log(`\nOpen ${url} and sign in. Each of the two sees its own documents alone:\n`);
  for (const { workspace, email, password } of members)
    console.log(`  ${workspace.padEnd(20)} ${email.padEnd(22)} ${password}`);
  console.log(`\nAsk both:        ${sharedQuestion}`);
  console.log(`and then:        ${foreignQuestion}`);
  console.log(`The operator:    ${url}/operator   password ${operatorPassword}`);
  console.log(`Every run:       ${stack.uiUrl}`);
  console.log('\nAdd a document of yours, or delete one and ask again. Ctrl-C ends it all; nothing is kept.');
}
