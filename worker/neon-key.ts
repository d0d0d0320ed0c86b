import { setTimeout as sleep } from 'node:timers/promises';
import type { pino } from 'pino';
import type { Catalog } from '../catalog/catalog.js';
import { findAccessProblem, ownerOfProjects } from '../neon/access.js';
import type { NeonClient } from '../neon/neon-client.js';
import { isNeonError } from '../neon/neon-error.js';
import { EnvironmentError } from '../tenancy/environment.js';
import { serverProblem } from './server-problem.js';

/** The state of a worker's key. Until Neon and the catalog have both confirmed the key, it is not used for any call. */
export interface NeonKey {
  /** Resolves once the key may be used; rejects with an `EnvironmentError` if it must not be. */
  readonly checked: Promise<void>;
  /** Why that is not known yet, in a sentence. */
  trouble(): string | undefined;
  /** Stops the checks. */
  stop(): void;
}

/**
 * Why Neon does not say now whether it knows the key; `undefined` when it does know it. Throws `EnvironmentError`
 * when Neon refuses the key.
 */
export async function lookAtKey(neon: NeonClient, signal?: AbortSignal): Promise<string | undefined> {
  const problem = await findAccessProblem(neon, signal);
  if (problem?.passing === false) throw new EnvironmentError([problem.message]);
  return problem?.message;
}

/**
 * Checks that the key belongs to the installation's organization. While Neon is out of reach, the check is repeated
 * until there is a result. Throws `EnvironmentError` when the first check already shows that the key must not be
 * used.
 * @param trouble The result of the first check of the key.
 * @param pause The wait between two checks, in milliseconds: the first, which doubles each time, and the longest.
 */
export async function checkKey(
  { neon, catalog, log }: { neon: NeonClient; catalog: Catalog; log: pino.Logger },
  trouble: string | undefined,
  pause: { readonly firstMs: number; readonly longestMs: number },
): Promise<NeonKey> {
  const stopping = new AbortController();
  const { signal } = stopping;
  let found = trouble ?? (await lookAtOwner(catalog, neon));
  const untilKnown = async () => {
    for (let pauseMs = pause.firstMs; found !== undefined; pauseMs = Math.min(pauseMs * 2, pause.longestMs)) {
      log.warn(
        { neon: neon.host, why: found },
        'the key cannot be checked now: no calls to Neon until it has been',
      );
      await sleep(pauseMs, undefined, { signal });
      found = await lookAtAll();
    }
  };
  const lookAtAll = async () => {
    try {
      return (await lookAtKey(neon, signal)) ?? (await lookAtOwner(catalog, neon, signal));
    } catch (error) {
      if (error instanceof EnvironmentError || signal.aborted) throw error;
      // For example, the catalog may be out of reach too.
      return serverProblem(error)?.message ?? String(error);
    }
  };
  if (found === undefined) return { checked: Promise.resolve(), trouble: () => undefined, stop: () => {} };
  const checked = untilKnown().then(() => log.info({ neon: neon.host }, 'the key has been checked'));
  // A running worker reports the rejection. Before and after that, nothing listens to it.
  checked.catch(() => {});
  return { checked, trouble: () => found, stop: () => stopping.abort() };
}

/**
 * Throws `EnvironmentError` for a key of another organization than that of the installation's projects. Returns why
 * Neon does not say, if it does not.
 */
async function lookAtOwner(
  catalog: Catalog,
  neon: NeonClient,
  signal?: AbortSignal,
): Promise<string | undefined> {
  let owner: string;
  try {
    owner = await ownerOfProjects(neon, signal);
  } catch (error) {
    if (isNeonError(error, 'NeonUnavailable', 'NeonRateLimited')) return error.message;
    throw error;
  }
  const noted = await catalog.ownerOfProjects(owner);
  if (noted === owner) return undefined;
  throw new EnvironmentError([
    `NEON_API_KEY and NEON_ORG_ID lead to ${owner} at Neon, and the projects of this installation are in ${noted}: a key of another organization sees none of them, and would take them for deleted. Use a key of ${noted}, or another catalog.`,
  ]);
}
