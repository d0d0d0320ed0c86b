import { randomUUID } from 'node:crypto';
import ky, { type KyInstance } from 'ky';
import { z } from 'zod';
import { cut, withoutAddresses } from '../tenancy/redact.js';
import { failureOfSilence, failureOfStatus } from './failure-of.js';
import { NeonError } from './neon-error.js';
import { retryAfterMs } from './retry-after.js';

export interface NeonOptions {
  readonly apiKey: string;
  /** Where Neon's API v2 answers. @default https://console.neon.tech/api/v2 */
  readonly host?: string;
  /** The organization that projects are made in. An organization's own key implies it. */
  readonly orgId?: string;
  /** The longest a call may take, reply and all, in milliseconds. @default 20,000 */
  readonly timeoutMs?: number;
  /**
   * How long to leave a locked project alone, in milliseconds: what a failure of 423 asks for where Neon asks for nothing.
   * An operation of Neon's own holds a project for seconds to minutes. @default 3,000
   */
  readonly lockedWaitMs?: number;
}

/** What a call needs of the options, and all have. */
type Limits = Required<Pick<NeonOptions, 'apiKey' | 'timeoutMs' | 'lockedWaitMs'>>;

export interface NeonCall<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path below `/api/v2`, its parts already encoded: see {@link path}. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** The shape that a good reply has. */
  readonly reply: z.ZodType<T>;
  readonly signal?: AbortSignal | undefined;
}

export interface NeonClient {
  readonly host: string;
  readonly orgId: string | undefined;
  /** Makes one HTTP request: no retry hides in here. Throws {@link NeonError}, or the signal's reason. */
  call<T>(call: NeonCall<T>): Promise<T>;
}

export const defaultNeonHost = 'https://console.neon.tech/api/v2';
const defaultTimeoutMs = 20_000;
const defaultLockedWaitMs = 3_000;

/** Neon's error envelope. `code` is empty more often than not. */
const errorEnvelope = z.object({
  code: z.string().catch(''),
  message: z.string().catch(''),
  request_id: z.string().optional(),
});

/** Builds a path from parts, each encoded, none empty: Neon answers an empty one with a redirect elsewhere. */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  return String.raw({ raw: strings }, ...parts.map((part) => encodeURIComponent(part)));
}

export function createNeonClient(options: NeonOptions): NeonClient {
  const { apiKey, host = defaultNeonHost, orgId } = options;
  const { timeoutMs = defaultTimeoutMs, lockedWaitMs = defaultLockedWaitMs } = options;
  // Checked here, because `Headers` would repeat the whole key in its error.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new Error("the key of Neon's API holds a character that no key has");
  }
  const http = ky.create({
    prefixUrl: host,
    headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
    // Retries are the engine's, where they can be seen; ky would repeat a PUT or a DELETE behind its back.
    retry: 0,
    throwHttpErrors: false,
    // Bounded below by a signal instead, which covers the reading of the body too.
    timeout: false,
    redirect: 'manual',
  });
  return { host, orgId, call: (call) => send(http, call, { apiKey, timeoutMs, lockedWaitMs }) };
}

async function send<T>(http: KyInstance, call: NeonCall<T>, limits: Limits): Promise<T> {
  const { apiKey, timeoutMs, lockedWaitMs } = limits;
  const requestId = randomUUID();
  const name = `${call.method} ${call.path}`;
  const changes = call.method !== 'GET';
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);

  let response: Response;
  let text: string;
  try {
    response = await http(call.path.replace(/^\//, ''), {
      method: call.method,
      signal,
      headers: { 'x-request-id': requestId },
      searchParams: definedOnly(call.query ?? {}),
      ...(call.body === undefined ? {} : { json: call.body }),
    });
    text = await response.text();
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    const code = errorCodeOf(error);
    const what = timeout.aborted ? `no answer within ${timeoutMs} ms` : (code ?? 'the connection broke');
    const type = failureOfSilence(code, changes);
    throw new NeonError(type, `${name}: ${what}${changes ? outcomeHint(type) : ''}`, { requestId });
  }

  const body = parseJson(text);
  if (!response.ok) {
    const { code, message } = errorEnvelope.catch({ code: '', message: '' }).parse(body);
    const type = failureOfStatus(response.status, code, changes);
    throw new NeonError(
      type,
      `${name}: ${[response.status, code, withoutSecrets(message, apiKey)].filter(Boolean).join(' ')}${outcomeHint(type)}`,
      { status: response.status, requestId, ...(code === '' ? {} : { neonCode: code }) },
      retryAfterMs(response.headers.get('retry-after')) ?? (type === 'NeonLocked' ? lockedWaitMs : undefined),
    );
  }
  const reply = call.reply.safeParse(body);
  if (reply.success) return reply.data;
  const where = reply.error.issues.map((issue) => issue.path.join('.') || 'the body').join(', ');
  throw new NeonError('NeonContractViolation', `${name}: the reply is not what Neon documents, at ${where}`, {
    status: response.status,
    requestId,
  });
}

function outcomeHint(type: string): string {
  return type === 'NeonOutcomeUnknown'
    ? '; whether it was done is not known, so the next attempt looks first'
    : '';
}

function definedOnly(query: NonNullable<NeonCall<unknown>['query']>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
}

/** `fetch` hides the reason of a failed connection in the cause of its TypeError. */
function errorCodeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** Neon's edge answers some errors with an HTML page. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const longestNeonMessage = 200;

function withoutSecrets(message: string, apiKey: string): string {
  return cut(withoutAddresses(message.replaceAll(apiKey, '[key]')), longestNeonMessage);
}
