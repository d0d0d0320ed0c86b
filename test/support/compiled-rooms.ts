import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { checkoutRoot } from '../../local/state-directory.js';

/** The rooms that a worker is made of. */
const rooms = ['tenancy', 'neon', 'catalog', 'payloads', 'activities', 'workflows', 'worker'];

/**
 * Compiles what a worker is made of into a folder, as the package has it. Tests start many workers, each a process that
 * would compile the same files again. Answers the worker's module.
 */
export async function compileWorker(folder: string): Promise<string> {
  for (const room of rooms) {
    const from = path.join(checkoutRoot, room);
    const to = path.join(folder, room);
    for (const name of await readdir(from, { recursive: true })) {
      await mkdir(path.dirname(path.join(to, name)), { recursive: true });
      // What is JavaScript already is as it is.
      if (name.endsWith('.cjs')) await cp(path.join(from, name), path.join(to, name));
      if (!name.endsWith('.ts')) continue;
      const { outputText } = ts.transpileModule(await readFile(path.join(from, name), 'utf8'), {
        fileName: name,
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
        },
      });
      await writeFile(path.join(to, name.replace(/\.ts$/, '.js')), outputText);
    }
  }
  await cp(path.join(checkoutRoot, 'catalog', 'migrations'), path.join(folder, 'catalog', 'migrations'), {
    recursive: true,
  });
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  await symlink(path.join(checkoutRoot, 'node_modules'), path.join(folder, 'node_modules'));
  return path.join(folder, 'worker', 'main.js');
}
