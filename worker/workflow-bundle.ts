import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { buildsSwitch } from '../workflows/build-moves.js';
import { encodeFailuresSwitch } from '../workflows/failure-converter.js';

/** The workflows' entry: TypeScript in the checkout, JavaScript once compiled. */
export const workflowsPath = moduleOfWorkflows('index');

function moduleOfWorkflows(name: string): string {
  const extension = path.extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`../workflows/${name}${extension}`, import.meta.url));
}

/**
 * Bundles the workflows into a file, so that workers start without doing it themselves. Returns the code.
 * @param theirs The entry of the user's own workflows, which are bundled beside ours.
 */
export async function bundleWorkflows(file: string, theirs?: string): Promise<string> {
  const code = await bundleCode(theirs);
  await writeFile(file, code);
  return code;
}

/** The code of a bundle that was made beforehand, or made now. */
export function readBundle(file: string | undefined, theirs?: string): Promise<string> {
  return file === undefined ? bundleCode(theirs) : readFile(file, 'utf8');
}

/** The same code, told to put the words of failures into payloads. Throws where it was bundled without that. */
export function encodingFailures(code: string): string {
  if (!code.includes(encodeFailuresSwitch)) {
    throw new Error(
      'the workflows were bundled by something that leaves failures in the clear: make the bundle of ' +
        'TENANTRY_WORKFLOW_BUNDLE with bundleWorkflows of this release, or leave it unset',
    );
  }
  // On the first line, so that the lines of the source map stay right.
  return `globalThis.${encodeFailuresSwitch} = true;${code}`;
}

/** The same code, told that workers are told apart by build. */
export function tellingBuildsApart(code: string): string {
  return `globalThis.${buildsSwitch} = true;${code}`;
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
    failureConverterPath: moduleOfWorkflows('failure-converter'),
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: ({ resolve, ...config }) => ({
      ...config,
      // Every worker reads the map when it starts, and of the sources in it none is asked for.
      devtool: 'inline-nosources-source-map',
      resolve: { ...resolve, modules: [...(resolve?.modules ?? ['node_modules']), packages] },
    }),
  });
  return code;
}
