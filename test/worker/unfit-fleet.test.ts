import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compiledModule } from '../support/compiled-module.js';
import { scratchFolder } from '../support/scratch-folder.js';

const run = promisify(execFile);

const plans = "plans: { free: { region: 'aws-us-east-1', compute: { minCu: 0.25, maxCu: 0.25 } } }";
const fleet = (settings: string) => `export default defineFleet({ name: 'x', ${plans}, ${settings} });`;

/** What a person may write, and what they are told behind the file's name. */
const mistakes: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
  'a misspelt setting': [fleet("appRole: { ownschema: 'app' }"), /appRole\.ownschema is not a setting$/],
  'a misspelt setting at the top': [fleet('encryptPayload: true'), /encryptPayload is not a setting$/],
  'a schema that is taken': [fleet("appRole: { ownSchema: 'public' }"), /appRole\.ownSchema: .*name one/],
  'a word for a list': [fleet("logins: 'reports'"), /logins: .*expected array, received string$/],
  'a text for a number': [fleet("timings: { rotationOverlap: '5s' }"), /timings\.rotationOverlap: /],
  'a store that is none': [fleet('secrets: {}'), /secrets: is a store of secrets/],
  'a time that is none': [
    fleet("schedules: { nightly: { cron: '61 * * * *', workflow: 'w' } }"),
    /schedules\.nightly\.cron: "61 \* \* \* \*" has no minute "61"/,
  ],
  'two mistakes': [fleet('secrets: {}, logins: 3'), /logins: .*; secrets: |secrets: .*; logins: /],
  'a package that is missing': ["import 'not-installed';", /'not-installed'.*install it/],
  'half a sentence': ['export default {', /does not load: \S+/],
  'a fault of its own': ['\nexport default undefined.plans;', /reading 'plans'\) \(line 3\)$/],
  'no fleet': ['export default 3;', /no fleet as its default export: .*expected object/],
};

/** What loading it ends with, in a process of its own: a test's own process reads modules in another way than Node does. */
async function problemOf(file: string): Promise<{ readonly name: string; readonly message: string }> {
  const program = `
    import { loadFleet } from ${JSON.stringify(compiledModule('worker/load-fleet'))};
    const problem = await loadFleet(${JSON.stringify(file)}).then(() => ({ name: 'none' }), (error) => error);
    console.log(JSON.stringify({ name: problem.name, message: problem.message }));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout);
}

it.concurrent.each(Object.entries(mistakes))(
  'says on one line which file, and what, of %s',
  async (_, [text, says]) => {
    const scratch = scratchFolder('tenantry-fleet-');
    try {
      const file = path.join(scratch.path, 'tenantry.config.mjs');
      await writeFile(file, `import { defineFleet } from '${compiledModule('tenancy/index')}';\n${text}\n`);
      const { name, message } = await problemOf(file);
      expect(name).toBe('FleetFileError');
      expect(message).toContain(file);
      expect(message).not.toMatch(/\n/);
      expect(message).toMatch(says);
    } finally {
      scratch.remove();
    }
  },
);
