import { existsSync } from 'node:fs';
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

/** The bundle's contents besides our workflows. */
export interface BundleContents {
  /** The entry of the user's own workflows, which are bundled with ours. */
  readonly workflowsPath?: string | undefined;
  /** The user's own workflow interceptors. */
  readonly workflowInterceptors?: readonly string[] | undefined;
  /** The user's own payload converter, which workflows use too. */
  readonly payloadConverterPath?: string | undefined;
  /** Whether the bundle is for workers with traces. @default false */
  readonly traces?: boolean | undefined;
}

/** Bundles the workflows into a file, so that workers need not do it at their start. Returns the code. */
export async function bundleWorkflows(file: string, contents: BundleContents = {}): Promise<string> {
  const code = await bundleCode(contents);
  await writeFile(file, code);
  return code;
}

/** The bundle of our workflows alone, which the built package has and a checkout has not. */
const packagedBundle = besides('../workflow-bundle');

function isOursAlone({
  workflowsPath,
  workflowInterceptors = [],
  payloadConverterPath,
  traces = false,
}: BundleContents): boolean {
  return (
    workflowsPath === undefined &&
    workflowInterceptors.length === 0 &&
    payloadConverterPath === undefined &&
    !traces
  );
}

/**
 * The code of a prebuilt bundle: of the given file, or of the package if it has all of the contents. Without one it is
 * built now. Throws when a prebuilt one lacks what a worker with traces
 * needs.
 */
export async function readBundle(file: string | undefined, contents: BundleContents = {}): Promise<string> {
  if (file === undefined)
    return isOursAlone(contents) && existsSync(packagedBundle)
      ? readFile(packagedBundle, 'utf8')
      : bundleCode(contents);
  const code = await readFile(file, 'utf8');
  if (!contents.traces || code.includes(tracingMark)) return code;
  throw new EnvironmentError([
    'TENANTRY_WORKFLOW_BUNDLE names a bundle that was made without traces, and this worker traces: make it with bundleWorkflows(file, { traces: true }), or leave it unset',
  ]);
}

/** Only a bundle for traces contains this. */
const tracingMark = 'OpenTelemetryInboundInterceptor';

/**
 * Returns the code with the switch set that moves failure messages into payloads. Throws when the bundle was built
 * without it.
 */
export function encodingFailures(code: string): string {
  if (!code.includes(encodeFailuresSwitch)) {
    throw new Error(
      'the workflows were bundled by something that leaves failures in the clear: make the bundle of ' +
        'TENANTRY_WORKFLOW_BUNDLE with bundleWorkflows of this release, or leave it unset',
    );
  }
  // The prefix is on the first line, so that the lines of the source map stay right.
  return `globalThis.${encodeFailuresSwitch} = true;${code}`;
}

/** Returns the code with the switch set that distinguishes workers by build. */
export function tellingBuildsApart(code: string): string {
  return `globalThis.${buildsSwitch} = true;${code}`;
}

/** Names must differ: of two workflows with one name, ours would run. */
export async function bundleCode({ workflowsPath: theirs, ...others }: BundleContents = {}): Promise<string> {
  if (theirs === undefined) return bundled(workflowsPath, others);
  const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-workflows-'));
  try {
    const entry = path.join(folder, 'entry.mjs');
    const ours = Object.keys(await import('../workflows/index.js'));
    // An explicit export takes precedence over one from a star.
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

/** The folder of the packages, for an entry outside of it. */
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

/** Temporal's own interceptors, which are the same for every workflow. */
function tracingInterceptors(): Promise<string> {
  return withTracePackages(async () =>
    createRequire(import.meta.url).resolve(
      '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
    ),
  );
}
