// What is compiled of the checkout, laid out as the checkout is: a file for each module that somebody imports or runs, and what
// several of them share in chunks. Small packages are compiled in, for a backend would pay tens of megabytes for the rest of them.

import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { mergeChunks } from './merge-chunks.mjs';

const require = createRequire(import.meta.url);

/** Where it lies in the checkout. */
const besideOthers = (file) => ({ in: file, out: file.slice(0, -extname(file).length) });

/** Modules that are run as processes, and the fleet of the demo. */
const run = ['cli/main.ts', 'cli/tenantry.ts', 'emulator/main.ts', 'worker/main.ts', 'tenantry.config.ts'];

/** Which part of the package a room is, for what that needs besides. */
const parts = {
  activities: 'a worker',
  catalog: 'a worker',
  worker: 'a worker',
  workflows: 'a worker',
  emulator: 'the emulator',
  payloads: 'the codec server',
  secrets: 'AWS Secrets Manager',
  traces: 'tracing',
};

/**
 * Compiles the checkout into a folder. Returns the packages that are compiled in, by their folders.
 * @param {string} checkout
 * @param {string} folder
 * @param {readonly string[]} more Modules that are to have a file of their own besides.
 * @param {{ merged?: boolean }} options Whether chunks are merged, as the package has them. It takes longer than all the rest.
 */
export async function bundle(checkout, folder, more = [], { merged = false } = {}) {
  const { exports, dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(checkout, 'package.json'), 'utf8'),
  );
  const common = {
    absWorkingDir: checkout,
    outbase: checkout,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // With any named, esbuild no longer adds `module` by itself: what it bundles of a package that has ES modules is what is used.
    conditions: ['tenantry-source', 'module'],
    external: Object.keys(dependencies),
    legalComments: 'none',
    sourcemap: true,
    // A stack names the lines of our sources. Their text would be a third of the package.
    sourcesContent: false,
    // What a backend loads is read and compiled each time it starts. Names stay, for stacks and for `error.name`, and so do lines,
    // for Node shows the one that threw.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    metafile: true,
    write: false,
    logLevel: 'error',
  };
  const imported = Object.values(exports).map((entry) => entry['tenantry-source']);
  const isWorkflows = (file) => file.includes('workflows/');
  const outputs = await Promise.all([
    build({
      ...common,
      entryPoints: [
        ...[...imported.filter((file) => !isWorkflows(file)), ...run, ...more].map(besideOthers),
        { in: 'workflows/index.ts', out: 'workflows/in-node' },
      ],
      // One folder deep, as every module of ours is: a path from one to a file beside it is the same for both.
      chunkNames: 'chunks/[name]-[hash]',
      plugins: [
        optionalPackages(checkout, Object.keys(peerDependencies)),
        workflowsApart,
        builtinsForCommonJs,
        englishOnly,
        noChangesOfTables,
        usedPartsOfZod,
      ],
    }),
    // A worker bundles them again for their sandbox, so they share nothing with what does I/O. Node itself imports those above, which
    // say what is missing.
    build({
      ...common,
      entryPoints: [...imported.filter(isWorkflows), 'workflows/failure-converter.ts'],
      chunkNames: 'workflows/[name]-[hash]',
      external: [...common.external, ...Object.keys(peerDependencies)],
      plugins: [englishOnly],
    }),
  ]);
  const [inNode, forSandbox] = outputs.map(({ outputFiles }) => outputFiles);
  const chunks = merged ? await mergeChunks(folder, inNode) : inNode;
  await Promise.all([...chunks, ...forSandbox].map(writeOutput));
  const inputs = outputs.flatMap(({ metafile }) =>
    Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const packages = inputs.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(packages)].sort();
}

/**
 * Bundles the workflows for their sandbox, which a worker would otherwise do at each of its starts.
 * @param {string} folder What `bundle` has made.
 */
export async function prebuildWorkflows(folder) {
  const { bundleWorkflows } = await import(pathToFileURL(join(folder, 'worker/index.js')).href);
  await bundleWorkflows(join(folder, 'workflow-bundle.js'));
}

/**
 * An import of one becomes a call, which says what is missing: Node would fail to link it before any of our code runs. What there is
 * to import, the package itself says.
 */
const optionalPackages = (checkout, names) => ({
  name: 'optional-packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path, resolveDir }) => {
      if (!names.includes(path)) return undefined;
      const room = resolveDir.slice(checkout.length).split('/').find(Boolean);
      if (parts[room] === undefined) return { errors: [{ text: `${room} may not need ${path}` }] };
      return { path, namespace: parts[room], sideEffects: false };
    });
    for (const part of new Set(Object.values(parts)))
      onLoad({ filter: /.*/, namespace: part }, ({ path }) => {
        const exported = Object.keys(require(path)).filter((name) =>
          /^(?!default$)[a-z_$][\w$]*$/i.test(name),
        );
        const lines = [
          "import { requirePackage } from './setup/needed-packages.mjs';",
          `const loaded = requirePackage('${path}', '${part}');`,
          'export default loaded;',
          ...exported.map((name) => `export const ${name} = loaded.${name};`),
        ];
        return { contents: lines.join('\n'), resolveDir: checkout };
      });
  },
});

/** The worker names the workflows' file, and lists its exports. */
const workflowsApart = {
  name: 'workflows-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/workflows\/index\.js$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/** A package in CommonJS requires them, and a module has no `require`. */
const builtinsForCommonJs = {
  name: 'builtins-for-commonjs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** Zod speaks fifty languages, and loads them all. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/** Kysely also has what writes statements that create and alter tables. Our migrations are SQL. */
const noChangesOfTables = {
  name: 'no-changes-of-tables',
  setup({ onLoad }) {
    onLoad({ filter: /\/kysely\/dist\/esm\/schema\/schema\.js$/ }, () => ({
      contents:
        "export class SchemaModule { constructor() { throw new Error('what changes tables is left out'); } }",
    }));
  },
};

/** Of a namespace the bundler takes what is used. `{ z }` is one object with everything in it, a third of what a backend would load. */
const usedPartsOfZod = {
  name: 'used-parts-of-zod',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/^import \{ z \} from 'zod';$/m, "import * as z from 'zod';");
      return contents === text ? undefined : { contents, loader: 'ts' };
    });
  },
};

async function writeOutput({ path, contents }) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
