import { readSetting, type WorkerSettings } from '../../worker/configuration.js';

/** The longest that one question to a server may take. */
export const patienceMs = 4_000;

/** What the checks look at: the environment, as a worker would read it. */
export interface Subject {
  readonly environment: NodeJS.ProcessEnv;
  /** Where the environment comes from, in a few words. */
  readonly origin: string;
  /** One setting of a worker's. Throws {@link Unreadable} when it is missing or malformed. */
  read<Name extends keyof WorkerSettings>(name: Name): WorkerSettings[Name];
}

/** A check lacks a setting; which ones are wrong, the check of the environment tells. */
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
