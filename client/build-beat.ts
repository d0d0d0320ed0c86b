import { z } from 'zod';
import type { Build, Builds } from '../catalog/builds.js';
import { storableText } from '../tenancy/storable-text.js';
import { RequestUnfitError } from './errors.js';

/** The pause between two beats, and after a beat that failed, in milliseconds. */
const beatMs = 60_000;
const againMs = 1_000;

const buildSchema = z.strictObject({
  id: storableText.min(1, 'is not empty').max(200, 'has at most 200 characters'),
  schema: storableText
    .max(200, 'has at most 200 characters')
    .regex(/^\d/, 'is a migration, and begins with its number, such as 0012'),
});

/** Throws `RequestUnfitError`. */
export function checkedBuild(build: Build): Build {
  const checked = buildSchema.safeParse(build);
  if (checked.success) return checked.data;
  throw new RequestUnfitError(
    checked.error.issues
      .map(({ path, message }) => `"${['build', ...path].map(String).join('.')}" ${message}`)
      .join('; '),
  );
}

/**
 * Reports to the catalog, now and at regular intervals until it is stopped, that this process runs the build. Its
 * timer does not keep the process alive.
 */
export function startBuildBeat(builds: Builds, fleet: string, build: Build): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const beat = async () => {
    // The application can start even if the catalog is out of reach.
    const waitMs = await builds.beat(fleet, build).then(
      () => beatMs,
      () => againMs,
    );
    if (isStopped) return;
    timer = setTimeout(() => {
      underWay = beat();
    }, waitMs);
    timer.unref();
  };
  let underWay = beat();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
