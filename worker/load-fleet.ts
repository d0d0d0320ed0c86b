import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Fleet, fleetSchema } from '../tenancy/fleet.js';
import { findFleetFile } from './fleet-file.js';
import { importProblem, settingProblems } from './fleet-problem.js';

/** The fleet's file is unusable; the message says in one line which file, and what to do. */
export class FleetFileError extends Error {
  override readonly name = 'FleetFileError';
}

/**
 * Loads the fleet that a file exports as its default, with an absolute path of its migrations folder. JavaScript
 * always works, TypeScript only if this process can run it. Throws {@link FleetFileError}.
 */
export async function loadFleet(file: string): Promise<Fleet> {
  return withMigrationsFolder(await readFleet(file));
}

/** The same, even if the migrations folder does not exist. */
export async function readFleet(file: string): Promise<Fleet> {
  const absolute = path.resolve(file);
  await access(absolute).catch(() => {
    throw new FleetFileError(
      `there is no ${absolute}: write one that exports defineFleet({ … }), or name it in TENANTRY_CONFIG`,
    );
  });
  const module = await importFleet(absolute);
  const fleet = fleetSchema.safeParse(module.default);
  if (!fleet.success) {
    throw new FleetFileError(
      `${absolute} has no fleet as its default export: ${settingProblems(fleet.error)}`,
    );
  }
  return withMigrationsBeside(fleet.data, absolute);
}

/**
 * Makes the migrations folder of a given fleet absolute: it is relative to the fleet's file, as everywhere. Only
 * `TENANTRY_CONFIG` or the current folder can say which file that is. Throws {@link FleetFileError} when the folder
 * does not exist.
 */
export async function locateMigrations(fleet: Fleet, environment: NodeJS.ProcessEnv): Promise<Fleet> {
  const given = fleet.migrations;
  const located = withMigrationsBeside(fleet, findFleetFile(environment));
  return withMigrationsFolder(located).catch((error: unknown) => {
    if (given === undefined || path.isAbsolute(given) || !(error instanceof FleetFileError)) throw error;
    throw new FleetFileError(
      `${error.message}: it is looked for beside the file that TENANTRY_CONFIG names, or in the current folder. In the fleet's ` +
        `file, path.join(import.meta.dirname, '${given}') says where it is whoever imports that`,
    );
  });
}

function withMigrationsBeside(fleet: Fleet, file: string): Fleet {
  const { migrations } = fleet;
  return migrations === undefined
    ? fleet
    : { ...fleet, migrations: path.resolve(path.dirname(file), migrations) };
}

async function importFleet(file: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'))
      throw new FleetFileError(`${file} does not load: ${importProblem(error, file)}`, { cause: error });
    throw new FleetFileError(
      `this Node cannot read ${file}, because it is TypeScript. Write it as tenantry.config.mjs, use Node 22.18 or ` +
        'newer, or install tsx and set NODE_OPTIONS="--import tsx"',
    );
  }
}

async function withMigrationsFolder(fleet: Fleet): Promise<Fleet> {
  if (fleet.migrations === undefined) return fleet;
  const found = await stat(fleet.migrations).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new FleetFileError(`the fleet's migrations folder ${fleet.migrations} does not exist`);
  }
  return fleet;
}
