import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { connectTenantry, type OperationHandle, type TenantryClient } from '../client/index.js';
import { requirePackagesFor } from '../local/needed-packages.js';
import { ownCommand } from '../local/own-command.js';
import { ownModule } from '../local/own-modules.js';
import { announceStack, claimStack } from '../local/running-stack.js';
import { type Stack, startStack } from '../local/stack.js';
import { ensureToolchain } from '../local/toolchain/install-toolchain.js';
import { loadFleet } from '../worker/load-fleet.js';
import { runUrl } from './run-url.js';
import { answer } from './say.js';
import { stackAddresses } from './stack-addresses.js';
import { untilAskedToStop } from './stop-signal.js';

const tenantId = 'acme';

/** Runs the main job from scratch: every claim is checked, and the first false one fails the demo. */
export async function demo({ keep }: { readonly keep?: true }): Promise<void> {
  requirePackagesFor('the local stack');
  const home = await mkdtemp(path.join(tmpdir(), 'tenantry-demo-'));
  // If we run as root, Postgres runs as another user, and needs access through this folder.
  await chmod(home, 0o711);
  // Other commands find it here, once they know the home folder.
  const stateDir = path.join(home, 'stack-emulator');
  const config = ownModule('tenantry.config');
  try {
    answer('Starting Temporal, Postgres, the emulator of Neon and a worker …');
    const stack = await startStack({
      toolchain: await ensureToolchain(),
      stateDir,
      config,
      profile: 'realistic',
    });
    try {
      const { tenantry, namespace, close } = await connectTenantry(await loadFleet(config), {
        ...process.env,
        ...stack.environment,
      });
      try {
        await story(stack, tenantry, namespace);
        if (keep) await keepUp(stack, { home, stateDir, config });
        else {
          answer(
            '\nThat stack is gone with this demo. To keep one up, and look at a run in the Temporal UI:',
          );
          answer(`  ${ownCommand} dev`);
          answer(`  ${ownCommand} onboard acme --wait`);
        }
      } finally {
        await close();
      }
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Keeps the stack running so that other commands find it, until Ctrl-C. */
async function keepUp(
  stack: Stack,
  { home, stateDir, config }: { readonly home: string; readonly stateDir: string; readonly config: string },
): Promise<void> {
  await claimStack(stateDir);
  await announceStack(stateDir, {
    environment: { ...stack.environment },
    ...(stack.uiUrl === undefined ? {} : { uiUrl: stack.uiUrl }),
  });
  answer('\nIts stack stays up until Ctrl-C, and is gone then, with its data. In another terminal:');
  answer(`  export TENANTRY_STATE_DIR=${home} TENANTRY_CONFIG=${config}`);
  answer(`  ${ownCommand} show ${tenantId}`);
  answer(`  ${ownCommand} connect ${tenantId}`);
  for (const line of stackAddresses(stack)) answer(line);
  await untilAskedToStop();
}

async function story(stack: Stack, tenantry: TenantryClient, namespace: string): Promise<void> {
  answer(`\nOnboarding tenant "${tenantId}".`);
  const handle = await tenantry.start.onboard({ id: tenantId });
  if (stack.uiUrl !== undefined) {
    answer(`  its run: ${runUrl(stack.uiUrl, namespace, handle.workflowId, handle.runId)}`);
  }
  await followAndKill(stack, handle.progress());
  const ready = await handle.result();
  answer(`  ready after ${ready.seconds.toFixed(1)} s: project ${ready.projectId}`);

  answer('\nIs it true?');
  await checkOneProject(stack, tenantry);
  await checkVectorQuery(await tenantry.connectionString(tenantId));
}

/** Follows the steps, and kills the worker once while Neon is working on the project. */
async function followAndKill(
  stack: Stack,
  progress: ReturnType<OperationHandle<unknown>['progress']>,
): Promise<void> {
  let killed = false;
  for await (const { name, status } of progress) {
    if (status !== 'running') answer(`  ${status === 'done' ? '✓' : '✗'} ${name}`);
    if (name !== 'create project' || killed) continue;
    while ((await projectsOf(stack)).length === 0) await setTimeout(20);
    if (stack.worker === undefined) throw new Error('the stack has no worker');
    await stack.worker.stop('SIGKILL');
    killed = true;
    answer(`  ! killed the worker (process ${stack.worker.pid}) with SIGKILL; starting another`);
    const { pid } = await stack.startWorker();
    answer(`  ! process ${pid} takes over`);
  }
  if (!killed) throw new Error('the run ended before the worker could be killed');
}

const inventory = z.object({ projects: z.array(z.object({ id: z.string(), name: z.string() })) });

/** Asks the emulator itself which projects exist, including deleted ones, rather than the API that the worker used. */
async function projectsOf({ emulatorControlUrl }: Stack) {
  return inventory.parse(await (await fetch(`${emulatorControlUrl}/projects`)).json()).projects;
}

async function checkOneProject(stack: Stack, tenantry: TenantryClient): Promise<void> {
  const tenant = await tenantry.get(tenantId);
  if (tenant?.state !== 'ready') throw new Error(`the catalog has the tenant as ${tenant?.state}`);
  const projects = await projectsOf(stack);
  if (projects.length !== 1 || projects[0]?.id !== tenant.projectId) {
    throw new Error(
      `the emulator holds ${projects.length} projects, where it should hold the tenant's alone`,
    );
  }
  answer(`  ✓ exactly one project: ${tenant.projectName}`);
}

async function checkVectorQuery(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    // The role may only create tables in its own schema, if the fleet gives it one; this one ends with the session.
    await client.query('create temporary table notes (body text not null, embedding vector(3) not null)');
    await client.query(
      "insert into notes values ('cats purr', '[1,0,0]'), ('dogs bark', '[0,1,0]'), ('rain falls', '[0,0,1]')",
    );
    const { rows } = await client.query<{ login: string; body: string }>(
      "select session_user as login, body from notes order by embedding <=> '[0.1,0.9,0.2]' limit 1",
    );
    if (rows[0]?.body !== 'dogs bark')
      throw new Error(`the nearest note is ${JSON.stringify(rows[0]?.body)}`);
    answer(`  ✓ as ${rows[0].login}: made a vector table, and found the nearest of three notes`);
  } finally {
    await client.end();
  }
}
