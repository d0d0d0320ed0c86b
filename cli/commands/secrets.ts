import type { Command } from 'commander';
import type { OlderSealKey, ResealedSecrets } from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { withBackend } from '../backend.js';
import { exitCodes } from '../exit-codes.js';
import { examples } from '../help.js';
import { answer, answerJson, say } from '../say.js';
import { waitsAnyway } from '../waits-anyway.js';

export function secretsCommand(program: Command): void {
  const secrets = program
    .command('secrets')
    .description('manage the secrets that the catalog keeps')
    .addHelpText('after', examples('secrets reseal'));
  secrets
    .command('reseal')
    .description(
      'reseal every secret of the fleet with the first seal key, so that an old key can be retired',
    )
    .addOption(waitsAnyway())
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('secrets reseal', 'secrets reseal --json'))
    .action(reseal);
}

const nothingSealed = `a stack of this command's own has no secrets: name a catalog in TENANTRY_CATALOG_URL, or keep a stack up with: ${ownCommand} up`;

/** The interval between two lines of progress, in milliseconds. */
const progressEveryMs = 1_000;

async function reseal({ json }: { json?: true }): Promise<void> {
  await withBackend(
    async ({ tenantry }) => {
      let toldAt = Date.now();
      const done = await tenantry.resealSecrets({
        onProgress({ resealed, total }) {
          if (Date.now() - toldAt < progressEveryMs) return;
          toldAt = Date.now();
          say(`  ${resealed} of ${total}`);
        },
      });
      if (json) answerJson(done ?? { keyId: null, resealed: 0, left: 0, unopened: [], olderKeys: [] });
      else answer(done === undefined ? nothingToDo : linesOf(done).join('\n'));
      if (done !== undefined && done.left > 0) process.exitCode = exitCodes.failed;
    },
    { notTemporary: nothingSealed },
  );
}

const nothingToDo =
  'nothing to do: the fleet keeps its secrets in a store of its own, which does not seal them with TENANTRY_SEAL_KEY';

function linesOf({ keyId, resealed, left, unopened, olderKeys }: ResealedSecrets): string[] {
  return [
    `${counted(resealed)} resealed with "${keyId}"`,
    ...(left === 0
      ? []
      : [`${counted(left)} left under older keys; fix what is listed here, and run it again`]),
    ...unopened.map(({ tenantId, kind, reason }) => `  ${tenantId}, ${kind}: ${reason}`),
    ...olderKeys.map(verdictOn),
  ];
}

function verdictOn({ id, secrets, ofOtherFleets, payloads }: OlderSealKey): string {
  if (secrets > 0) {
    const others = ofOtherFleets === 0 ? '' : `, ${ofOtherFleets} of them of other fleets`;
    return `key "${id}" has to stay: ${counted(secrets)} sealed with it${others}`;
  }
  const free = 'no secret is sealed with it any more';
  return payloads
    ? `key "${id}" has to stay for now: ${free}, but the fleet encrypts payloads. It may go once all runs that began while it was the first key have ended and the namespace's retention is over; schedules keep theirs until they are applied anew: see docs/payload-encryption.md`
    : `key "${id}" may go: ${free}. Backups of the catalog from before need it, and so does what Temporal keeps if the fleet encrypted payloads with it`;
}

function counted(secrets: number): string {
  return secrets === 1 ? '1 secret' : `${secrets} secrets`;
}
