import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type Fleet, fleetSchema } from '../tenancy/fleet.js';

/** The fleet's file cannot serve; the message says what to do. */
export class FleetFileError extends Error {
  override readonly name = 'FleetFileError';
}

/** Reads the fleet that a file exports as its default, its migrations folder made absolute. */
export async function loadFleet(file: string): Promise<Fleet> {
  const absolute = path.resolve(file);
  await access(absolute).catch(() => {
    throw new FleetFileError(
      `there is no ${absolute}: write one that exports defineFleet({ … }), or name it in TENANTRY_CONFIG`,
    );
  });
  const module: { default?: unknown } = await import(pathToFileURL(absolute).href);
  const fleet = fleetSchema.safeParse(module.default);
  if (!fleet.success) {
    throw new FleetFileError(
      `${absolute} has no fleet as its default export: ${z.prettifyError(fleet.error)}`,
    );
  }
  return withMigrationsFolder(fleet.data, path.dirname(absolute));
}

async function withMigrationsFolder(fleet: Fleet, base: string): Promise<Fleet> {
  if (fleet.migrations === undefined) return fleet;
  const migrations = path.resolve(base, fleet.migrations);
  const found = await stat(migrations).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new FleetFileError(`the fleet's migrations folder ${migrations} does not exist`);
  }
  return { ...fleet, migrations };
}
