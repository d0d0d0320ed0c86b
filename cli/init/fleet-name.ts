import path from 'node:path';
import { fleetNamePattern, fleetNameRule } from '../../tenancy/fleet-name.js';
import { UsageError } from '../usage-error.js';

const longest = 32;

/** The requested name, or one derived from the folder's. Throws `UsageError` when neither is valid for a fleet. */
export function fleetNameFor(folder: string, asked: string | undefined): string {
  if (asked !== undefined) {
    if (fleetNamePattern.test(asked)) return asked;
    throw new UsageError(`--name: the name of a fleet ${fleetNameRule}`);
  }
  const made = path
    .basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, longest)
    .replace(/-+$/, '');
  if (fleetNamePattern.test(made)) return made;
  throw new UsageError(
    `no fleet can have the name of this folder: give another with --name (it ${fleetNameRule})`,
  );
}
