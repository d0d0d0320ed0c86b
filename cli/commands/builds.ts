import type { Command } from 'commander';
import type { KnownBuild } from '../../client/index.js';
import { age } from '../age.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';

export function buildsCommand(program: Command): void {
  const builds = program
    .command('builds')
    .description('the builds of the application that hold back contracts')
    .addHelpText('after', examples('builds list', 'builds forget web-1.4.2'));
  builds
    .command('list', { isDefault: true })
    .description('list the builds that are known, and the newest migration that each was written with')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('builds list', 'builds list --json'))
    .action(list);
  builds
    .command('forget <build>')
    .description('forget a build that no longer runs, so that it holds back no contract')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('builds forget web-1.4.2'))
    .action(forget);
}

function list({ json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const builds = await tenantry.builds();
    if (json) answerJson(builds.map(buildView));
    else if (builds.length === 0) answer('no builds: see "build" in docs/backend.md');
    else
      answer(
        table([
          ['build', 'schema', 'seen', 'holds back'],
          ...builds.map(({ id, schema, seenAt, counts }) => [
            id,
            schema,
            `${age(seenAt)} ago`,
            counts ? 'newer contracts' : 'nothing',
          ]),
        ]),
      );
  });
}

function buildView({ id, schema, firstSeenAt, seenAt, counts }: KnownBuild) {
  return {
    ...{ id, schema },
    firstSeenAt: firstSeenAt.toISOString(),
    seenAt: seenAt.toISOString(),
    counts,
  };
}

function forget(id: string, { json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    await tenantry.forgetBuild(id);
    if (json) answerJson({ id, forgotten: true });
    else answer(`build ${id} is forgotten`);
  });
}
