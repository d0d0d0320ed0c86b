import { catalogServerVersion } from '../../worker/check-catalog.js';
import { neonOf } from '../doctor/neon.js';
import { patienceMs, type Subject } from '../doctor/subject.js';
import { temporalSettings, withTemporal } from '../doctor/with-temporal.js';
import { firstLineOn } from '../exit-codes.js';

/** A server that commands and workers need. */
export interface Part {
  readonly part: 'temporal' | 'temporal-ui' | 'catalog' | 'neon';
  readonly status: 'up' | 'down';
  /** Without a password in it. */
  readonly address: string;
  readonly version: string | null;
  /** Why it counts as down. */
  readonly reason: string | null;
}

/** Asks each server that the environment names whether it is up, all at once. */
export async function partsOf(subject: Subject, uiUrl: string | undefined): Promise<Part[]> {
  const { environment } = subject;
  const asked = [
    part('temporal', temporalSettings(subject).address, () => temporalVersion(subject)),
    ...(uiUrl === undefined ? [] : [part('temporal-ui', uiUrl, () => answers(uiUrl))]),
    ...(environment.TENANTRY_CATALOG_URL ? [catalogPart(environment.TENANTRY_CATALOG_URL)] : []),
    ...(environment.NEON_API_KEY
      ? [part('neon', subject.read('NEON_API_HOST'), () => neonAnswers(subject))]
      : []),
  ];
  return Promise.all(asked);
}

async function part(
  name: Part['part'],
  address: string,
  ask: () => Promise<string | undefined>,
): Promise<Part> {
  const about = { part: name, address } as const;
  try {
    return { ...about, status: 'up', version: (await ask()) ?? null, reason: null };
  } catch (error) {
    return { ...about, status: 'down', version: null, reason: await firstLineOn(error) };
  }
}

function temporalVersion(subject: Subject): Promise<string | undefined> {
  return withTemporal(subject, async ({ connection }) => {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    return serverVersion ? `Temporal ${serverVersion}` : undefined;
  });
}

async function answers(url: string): Promise<undefined> {
  await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
}

function catalogPart(url: string): Promise<Part> {
  const { host, pathname } = new URL(url);
  return part('catalog', host + pathname, async () => {
    const [product] = (await catalogServerVersion(url, patienceMs)).split(' on ');
    return product;
  });
}

async function neonAnswers(subject: Subject): Promise<undefined> {
  const silence = await neonOf(subject).silence();
  if (silence !== undefined) throw new Error(silence.why);
}
