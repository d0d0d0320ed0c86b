import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The workflows' entry: TypeScript in the checkout, JavaScript once compiled. */
export const workflowsPath = fileURLToPath(
  new URL(`../workflows/index${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);

/**
 * Bundles the workflows into a file, so that workers start without doing it themselves. Returns the code.
 * @param theirs The entry of the user's own workflows, which are bundled beside ours.
 */
export async function bundleWorkflows(file: string, theirs?: string): Promise<string> {
  const code = await bundleCode(theirs);
  await writeFile(file, code);
  return code;
}

/** Names must differ: of two workflows of one name, ours is the one that runs. */
export async function bundleCode(theirs?: string): Promise<string> {
  if (theirs === undefined) return bundled(workflowsPath);
  const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-workflows-'));
  try {
    const entry = path.join(folder, 'entry.mjs');
    const ours = Object.keys(await import('../workflows/index.js'));
    // A name that is exported by itself goes before one that comes with a star.
    const lines = [
      `export { ${ours.join(', ')} } from ${JSON.stringify(workflowsPath)};`,
      `export * from ${JSON.stringify(path.resolve(theirs))};`,
    ];
    await writeFile(entry, `${lines.join('\n')}\n`);
    return await bundled(entry);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where packages lie, for an entry that lies elsewhere. */
const packages = path.join(createRequire(import.meta.url).resolve('@temporalio/workflow'), '../../../..');

async function bundled(entry: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: ({ resolve, ...config }) => ({
      ...config,
      resolve: { ...resolve, modules: [...(resolve?.modules ?? ['node_modules']), packages] },
    }),
  });
  return code;
}
