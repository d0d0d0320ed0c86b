import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { EnvironmentError } from '../tenancy/environment.js';
import { withTracePackages } from '../traces/optional-packages.js';
import { encodeFailuresSwitch } from '../workflows/failure-converter.js';
import { buildsSwitch } from '../workflows/frame/build-moves.js';

/** The workflows' entry: TypeScript in the checkout, JavaScript once compiled. */
export const workflowsPath = besides('../workflows/index');

function besides(module: string): string {
  const extension = path.extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`${module}${extension}`, import.meta.url));
}

/** What is bundled besides ours. */
export interface BundleContents {
  /** The entry of the user's own workflows, which are bundled beside ours. */
  readonly workflowsPath?: string | undefined;
  /** The user's own interceptors of workflows. */
  readonly workflowInterceptors?: readonly string[] | undefined;
  /** The user's own converter of payloads, which workflows use too. */
  readonly payloadConverterPath?: string | undefined;
  /** For workers that trace. @default false */
  readonly traces?: boolean | undefined;
}

/** Bundles the workflows into a file, so that workers start without doing it themselves. Returns the code. */
export async function bundleWorkflows(file: string, contents: BundleContents = {}): Promise<string> {
  const code = await bundleCode(contents);
  await writeFile(file, code);
  return code;
}

/** The code of a bundle that was made beforehand, or made now. Throws where it was made without what a worker that traces needs. */
export async function readBundle(file: string | undefined, contents: BundleContents = {}): Promise<string> {
  if (file === undefined) return bundleCode(contents);
  const code = await readFile(file, 'utf8');
  if (!contents.traces || code.includes(tracingMark)) return code;
  throw new EnvironmentError([
    'TENANTRY_WORKFLOW_BUNDLE names a bundle that was made without traces, and this worker traces: make it with bundleWorkflows(file, { traces: true }), or leave it unset',
  ]);
}

/** In no bundle but one that traces. */
const tracingMark = 'OpenTelemetryInboundInterceptor';

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
export async function bundleCode({ workflowsPath: theirs, ...others }: BundleContents = {}): Promise<string> {
  if (theirs === undefined) return bundled(workflowsPath, others);
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
    return await bundled(entry, others);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where packages lie, for an entry that lies elsewhere. */
const packages = path.join(createRequire(import.meta.url).resolve('@temporalio/workflow'), '../../../..');

async function bundled(
  entry: string,
  { workflowInterceptors = [], payloadConverterPath, traces }: Omit<BundleContents, 'workflowsPath'>,
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    workflowInterceptorModules: [...(traces ? [await tracingInterceptors()] : []), ...workflowInterceptors],
    ...(payloadConverterPath === undefined ? {} : { payloadConverterPath }),
    failureConverterPath: besides('../workflows/failure-converter'),
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: ({ resolve, ...config }) => ({
      ...config,
      // Every worker reads the source map when it starts, and nothing uses the sources in it.
      devtool: 'inline-nosources-source-map',
      resolve: { ...resolve, modules: [...(resolve?.modules ?? ['node_modules']), packages] },
    }),
  });
  return code;
}

/** Temporal's own, which are the same for every workflow. */
function tracingInterceptors(): Promise<string> {
  return withTracePackages(async () =>
    createRequire(import.meta.url).resolve(
      '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
    ),
  );
}
