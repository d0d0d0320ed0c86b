import { catalogServerVersion } from '../../worker/check-catalog.js';
import { neonOf } from '../doctor/neon.js';
import { patienceMs, type Subject } from '../doctor/subject.js';
import { temporalSettings, withTemporal } from '../doctor/with-temporal.js';
import { firstLineOn } from '../verdict.js';

/** A server that commands and workers need. */
export interface Part {
  readonly part: 'temporal' | 'temporal-ui' | 'catalog' | 'neon';
  /** `refused`: Neon responds, but does not accept the key. */
  readonly status: 'up' | 'down' | 'refused';
  /** The address without a password. */
  readonly address: string;
  readonly version: string | null;
  /** Why it does not count as up. */
  readonly reason: string | null;
}

/** Checks each server in the environment, all at once. */
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
    const found =
      error instanceof NeonProblem
        ? { status: error.status, reason: error.message }
        : ({ status: 'down', reason: await firstLineOn(error) } as const);
    return { ...about, version: null, ...found };
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
  const neon = neonOf(subject);
  const silence = await neon.silence();
  if (silence !== undefined) throw new NeonProblem('down', silence.why);
  const problem = await neon.accessProblem();
  if (problem !== undefined) throw new NeonProblem('refused', problem);
}

class NeonProblem extends Error {
  constructor(
    readonly status: 'down' | 'refused',
    message: string,
  ) {
    super(message);
  }
}
