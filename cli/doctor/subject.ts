import { readSetting, type WorkerSettings } from '../../worker/configuration.js';

/** The longest time for one request to a server. */
export const patienceMs = 4_000;

/** The subject of the checks: the environment, as a worker would read it. */
export interface Subject {
  readonly environment: NodeJS.ProcessEnv;
  /** The source of the environment, in a few words. */
  readonly origin: string;
  /** Reads one of a worker's settings. Throws {@link Unreadable} when it is missing or malformed. */
  read<Name extends keyof WorkerSettings>(name: Name): WorkerSettings[Name];
}

/** A check lacks a setting; the check of the environment reports which ones are wrong. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

export function subjectOf(environment: NodeJS.ProcessEnv, origin: string): Subject {
  return {
    environment,
    origin,
    read(name) {
      const setting = readSetting(environment, name);
      if (setting === undefined) throw new Unreadable(`${name} is not set or cannot be read`);
      return setting.value;
    },
  };
}
