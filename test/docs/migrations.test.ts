import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { soundMigrations } from '../../activities/database/sound-migrations.js';
import { migrations as doctorsCheck } from '../../cli/doctor/migrations.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { unfitMigrations } from '../tenancy/unfit-migrations.js';

const page = await readFile(new URL('../../docs/migrations.md', import.meta.url), 'utf8');
const scratch = scratchFolder('tenantry-unfit-');
afterAll(() => scratch.remove());

it('the guide shows all that is refused, and what is said', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && /\.sql/i.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, 3),
    );
  expect(rows).toEqual([
    ...unfitMigrations.map(({ what, says }) => [what, says]),
    ['no file behind a link', '1_a.sql cannot be read'],
  ]);
});

it.each(unfitMigrations)('doctor and an onboarding say the same of $what', async ({ what, files, says }) => {
  const folder = path.join(scratch.path, what.replace(/\W+/g, '-'));
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  const fleet = `${folder}.config.mjs`;
  const definition = {
    name: 'unfit',
    plans: { free: { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } },
    defaultPlan: 'free',
    migrations: folder,
  };
  await writeFile(fleet, `export default ${JSON.stringify(definition)};\n`);
  const found = await doctorsCheck.make({ read: () => fleet } as unknown as Parameters<
    typeof doctorsCheck.make
  >[0]);
  expect(found).toMatchObject({ status: 'problem', message: says });
  const [first] = says.split('; 1_a.sql');
  await expect(soundMigrations(folder)).rejects.toMatchObject({
    type: 'MigrationFailed',
    message: `migration ${first}`,
  });
});
