import { randomUUID } from 'node:crypto';
import type { Span } from '@opentelemetry/api';
import ky, { type KyInstance } from 'ky';
import { storableIn } from '../tenancy/storable.js';
import { apiAddressProblem } from './api-address.js';
import { inCallSpan } from './call-span.js';
import { errorReplyOf } from './error-reply.js';
import { failureOfSilence, failureOfStatus } from './failure-of.js';
import { NeonError } from './neon-error.js';
import type { NeonObserver, ObservedCall } from './observed-call.js';
import { longestReply, parseJson, readText } from './read-reply.js';
import { retryAfterMs } from './retry-after.js';
import { routeOf } from './route.js';
import { type DatabaseHosts, databaseHostsOf } from './trusted-uri.js';

export interface NeonOptions {
  readonly apiKey: string;
  /** The address of Neon's API v2: https, or on this machine. @default https://console.neon.tech/api/v2 */
  readonly host?: string;
  /** The one other host that is allowed without TLS, for an emulator. @default none */
  readonly insecureHost?: string | undefined;
  /** The domains of database hosts. @default neon.tech */
  readonly databaseDomains?: readonly string[] | undefined;
  /** The organization for new projects. An organization's own key implies it. */
  readonly orgId?: string;
  /** The timeout of a call, including its reply, in milliseconds. @default 20,000 */
  readonly timeoutMs?: number;
  /**
   * How long to leave a locked project alone, in milliseconds: the retry delay after a 423 if Neon gives
   * none. One of Neon's own operations locks a project for seconds to minutes. @default 3,000
   */
  readonly lockedWaitMs?: number;
  /** Called once for each request that was sent, with its outcome. */
  readonly observe?: NeonObserver | undefined;
}

/** The options that a call needs, with their defaults. */
type Limits = Required<Pick<NeonOptions, 'apiKey' | 'timeoutMs' | 'lockedWaitMs'>> &
  Pick<NeonOptions, 'observe'>;

/** A schema of zod, of any copy of it, or of a library with the same interface. */
export interface ReplyShape<T> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: Misshapen };
}

/** Where a value does not match the schema. */
interface Misshapen {
  readonly issues: readonly { readonly path: readonly PropertyKey[] }[];
}

export interface NeonCall<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path below `/api/v2`, its parts already encoded: see {@link path}. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** The schema of a good reply. */
  readonly reply: ReplyShape<T>;
  readonly signal?: AbortSignal | undefined;
}

export interface NeonClient {
  readonly host: string;
  readonly orgId: string | undefined;
  /** The hosts that a connection string may name. */
  readonly databaseHosts: DatabaseHosts;
  /** Makes one HTTP request, without any hidden retry. Throws {@link NeonError}, or the signal's reason. */
  call<T>(call: NeonCall<T>): Promise<T>;
}

export const defaultNeonHost = 'https://console.neon.tech/api/v2';
const defaultTimeoutMs = 20_000;
const defaultLockedWaitMs = 3_000;

/**
 * Builds a path from parts, each encoded. Throws `NeonBadRequest` if a part would change the path: Neon
 * answers an empty part with a redirect, and every URL parser removes `.` and `..`, whatever their encoding.
 */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  const stray = parts.find((part) => /^\.{0,2}$/.test(part));
  if (stray !== undefined) {
    throw new NeonError('NeonBadRequest', `"${stray}" is no id of Neon's, so nothing was sent`);
  }
  return String.raw({ raw: strings }, ...parts.map((part) => encodeURIComponent(part)));
}

export function createNeonClient(options: NeonOptions): NeonClient {
  const { apiKey, host = defaultNeonHost, orgId } = options;
  const { timeoutMs = defaultTimeoutMs, lockedWaitMs = defaultLockedWaitMs, observe } = options;
  // Checked here, because `Headers` would repeat the whole key in its error.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new Error("the key of Neon's API holds a character that no key has");
  }
  const problem = apiAddressProblem(host, options.insecureHost);
  if (problem !== undefined) throw new Error(`the address of Neon's API ${problem}`);
  const http = ky.create({
    prefixUrl: host,
    headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
    // Retries belong to the engine, where they are visible; ky would repeat a PUT or a DELETE silently.
    retry: 0,
    throwHttpErrors: false,
    // Limited below by a signal instead, which also covers reading the body.
    timeout: false,
    redirect: 'manual',
  });
  return {
    host,
    orgId,
    databaseHosts: databaseHostsOf(host, options.databaseDomains, options.insecureHost),
    call: (call) =>
      inCallSpan({ method: call.method, route: routeOf(call), host }, (span) =>
        send(http, call, { apiKey, timeoutMs, lockedWaitMs, observe }, span),
      ),
  };
}

async function send<T>(http: KyInstance, call: NeonCall<T>, limits: Limits, span?: Span): Promise<T> {
  const { apiKey, timeoutMs, lockedWaitMs, observe } = limits;
  const requestId = randomUUID();
  const name = `${call.method} ${call.path}`;
  const changes = call.method !== 'GET';
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);

  const startedAt = performance.now();
  span?.setAttribute('neon.request_id', requestId);
  const ended = (answer: ObservedCall['answer']) => {
    if (typeof answer === 'number') span?.setAttribute('http.response.status_code', answer);
    observe?.({ route: routeOf(call), answer, seconds: (performance.now() - startedAt) / 1_000 });
  };

  let response: Response;
  let text: string | undefined;
  try {
    response = await http(call.path.replace(/^\//, ''), {
      method: call.method,
      signal,
      headers: { 'x-request-id': requestId },
      searchParams: definedOnly(call.query ?? {}),
      ...(call.body === undefined ? {} : { json: call.body }),
    });
    text = await readText(response);
  } catch (error) {
    ended(call.signal?.aborted ? 'cancelled' : 'none');
    if (call.signal?.aborted) throw call.signal.reason;
    const code = errorCodeOf(error);
    const what = timeout.aborted ? `no answer within ${timeoutMs} ms` : (code ?? 'the connection broke');
    const type = failureOfSilence(code, changes);
    throw new NeonError(type, `${name}: ${what}${changes ? outcomeHint(type) : ''}`, { requestId });
  }

  ended(response.status);

  const body = text === undefined ? undefined : parseJson(text);
  if (!response.ok) {
    const { code, message } = errorReplyOf(body, apiKey);
    const type = failureOfStatus(response.status, code, changes);
    throw new NeonError(
      type,
      `${name}: ${[response.status, code, message].filter(Boolean).join(' ')}${outcomeHint(type)}${keyHint(response.status)}`,
      { status: response.status, requestId, ...(code === '' ? {} : { neonCode: code }) },
      retryAfterMs(response.headers.get('retry-after')) ?? (type === 'NeonLocked' ? lockedWaitMs : undefined),
    );
  }
  const details = { status: response.status, requestId };
  if (text === undefined) {
    const most = `${longestReply / 1024 ** 2} MiB`;
    throw new NeonError('NeonContractViolation', `${name}: the reply is longer than ${most}`, details);
  }
  // Names at Neon can contain any text, and go into the catalog.
  const reply = call.reply.safeParse(storableIn(body));
  if (reply.success) {
    // A name or an id goes into failures, histories and logs.
    if (!JSON.stringify(reply.data)?.includes(apiKey)) return reply.data;
    throw new NeonError('NeonContractViolation', `${name}: the reply repeats the key`, details);
  }
  const message = `${name}: the reply is not what Neon documents, at ${placesOf(reply.error)}`;
  throw new NeonError('NeonContractViolation', message, details);
}

/** The first few places where a reply does not match: there may be as many as it has bytes. */
function placesOf({ issues }: Misshapen): string {
  const places = issues.slice(0, 3).map((issue) => issue.path.map(String).join('.') || 'the body');
  return issues.length > places.length
    ? `${places.join(', ')} and ${issues.length - places.length} more`
    : places.join(', ');
}

function outcomeHint(type: string): string {
  return type === 'NeonOutcomeUnknown'
    ? '; whether it was done is not known, so the next attempt looks first'
    : '';
}

function keyHint(status: number): string {
  return status === 401 ? '; Neon does not know NEON_API_KEY, or not any more' : '';
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
