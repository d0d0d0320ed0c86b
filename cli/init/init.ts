import { existsSync } from 'node:fs';
import path from 'node:path';
import { ownCommand } from '../../local/own-command.js';
import { answer, answerJson, say } from '../say.js';
import { fleetNameFor } from './fleet-name.js';
import { type MadeProject, makeProject } from './make-project.js';

/** Makes the current folder a project, and prints the next steps. */
export async function init({ name, json }: { readonly name?: string; readonly json?: true }): Promise<void> {
  const folder = process.cwd();
  const made = await makeProject(folder, fleetNameFor(folder, name));
  if (json) answerJson({ folder, ...made });
  else answer([...made.created.map(after('made')), ...made.changed.map(after('added to'))].join('\n'));
  for (const line of advice(folder, made)) say(line);
}

const after = (word: string) => (file: string) => `${word} ${file}`;

function* advice(folder: string, { keptScripts }: MadeProject): Generator<string> {
  for (const { name, wanted } of keptScripts)
    yield `package.json has a script "${name}" of yours, which stays; ours would be: ${wanted}`;
  const isInstalled = existsSync(path.join(folder, 'node_modules', 'tenantry'));
  yield `next: npm install${isInstalled ? '' : ' <the tarball of tenantry>'}, which fetches what package.json lists too`;
  yield 'then: npm test, on a stack that the test brings along';
  yield `and: ${ownCommand} dev, the same stack to try things by hand`;
}
