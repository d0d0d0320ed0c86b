// esbuild makes a chunk of each set of modules that the same entries need. With many entries these are many small files, and Node
// takes half a millisecond to find, read and link each: a third of what a backend's import of `tenantry/client` took. So what that
// import loads is merged into a few files.

import { dirname, join, resolve } from 'node:path';
import { rollup } from 'rollup';

/** What the first needs is merged, but nobody who loads one of the others is to load more than it needs. */
const waitedFor = ['client/index', 'tenancy/index', 'cli/tenantry', 'cli/verdict', 'cli/connection'];

/**
 * Merges the chunks that `client/index` needs: into one file those that the same others need. All other chunks keep a file each.
 * @param {string} folder
 * @param {import('esbuild').OutputFile[]} outputFiles
 * @returns {Promise<{ path: string, contents: string }[]>}
 */
export async function mergeChunks(folder, outputFiles) {
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  const files = [...texts.keys()].filter((path) => path.endsWith('.js'));
  const isChunk = (path) => dirname(path) === join(folder, 'chunks');
  const needs = waitedFor.map((name) => neededBy(fileOf(folder, files, name), texts));
  const built = await rollup({
    input: Object.fromEntries(
      files
        .filter((path) => !isChunk(path))
        .map((path) => [path.slice(folder.length + 1, -'.js'.length), path]),
    ),
    treeshake: false,
    preserveEntrySignatures: 'strict',
    plugins: [
      {
        name: 'from-esbuild',
        resolveId(id, importer) {
          const path = importer === undefined ? id : resolve(dirname(importer), id);
          // A module that is no output is a package, or of another build, and stays named as it is.
          return texts.has(path) ? path : { id, external: true };
        },
        load: (path) => ({
          code: texts.get(path)?.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n') ?? '',
          map: texts.get(`${path}.map`) ?? null,
        }),
      },
    ],
  });
  const { output } = await built.generate({
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
    manualChunks(path) {
      const [first] = needs;
      if (!isChunk(path) || !first.has(path)) return undefined;
      return waitedFor
        .filter((_, at) => needs[at].has(path))
        .map((name) => name.replace('/index', '').replace('/', '-'))
        .join('-and-');
    },
  });
  await built.close();
  return output.map((file) => ({
    path: join(folder, file.fileName),
    contents: file.type === 'asset' ? file.source : file.code,
  }));
}

/** Where the module is: an entry at its own place, or a chunk of its name where it is only imported dynamically. */
function fileOf(folder, files, name) {
  const entry = join(folder, `${name}.js`);
  const chunk = join(folder, 'chunks', `${name.split('/').pop()}-`);
  const found = files.find((path) => path === entry) ?? files.find((path) => path.startsWith(chunk));
  if (found === undefined) throw new Error(`${name} has no file of its own, so nobody can wait for it`);
  return found;
}

/** What is loaded with a file: the file, and all that it imports statically. */
function neededBy(file, texts, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, imported] of texts
    .get(file)
    .matchAll(/(?:^|[;}])(?:import|export)[^"'();]*?["'](\.[^"']+)["']/gm))
    neededBy(resolve(dirname(file), imported), texts, found);
  return found;
}
