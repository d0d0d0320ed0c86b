import { lookup as resolve } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';

/** The page cannot be had; the message is a sentence for whoever asked for it. */
export class PageUnavailableError extends Error {
  override readonly name = 'PageUnavailableError';
}

export interface FetchedPage {
  /** Where it was in the end. */
  readonly url: string;
  readonly mediaType: string | undefined;
  readonly content: Buffer;
}

export interface FetchLimits {
  /** @default 10 MB */
  readonly maxBytes?: number;
  /** For the page and all redirects to it. @default 15,000 */
  readonly timeoutMs?: number;
  /** Which addresses may be connected to. @default public ones */
  readonly isAllowed?: (address: string) => boolean;
}

const mostRedirects = 4;

/**
 * Fetches a page that a person named, without letting them reach what only this machine can. The address is checked where the
 * connection is made, so a name that resolves to something else a moment later gains nothing; each redirect is checked anew.
 * Throws `PageUnavailableError`.
 */
export async function fetchPage(
  address: string,
  { maxBytes = 10_000_000, timeoutMs = 15_000, isAllowed = isPublicAddress }: FetchLimits = {},
): Promise<FetchedPage> {
  const signal = AbortSignal.timeout(timeoutMs);
  let url = pageUrl(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await open(url, signal, isAllowed);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.destroy();
      url = pageUrl(headers.location, url);
      continue;
    }
    if (statusCode !== 200) {
      response.destroy();
      throw new PageUnavailableError(`${url.host} answered ${statusCode}.`);
    }
    return {
      url: url.href,
      mediaType: headers['content-type'],
      content: await read(response, url, maxBytes),
    };
  }
  throw new PageUnavailableError(`${url.host} redirects more than ${mostRedirects} times.`);
}

function pageUrl(address: string, base?: URL): URL {
  if (!URL.canParse(address, base?.href)) throw new PageUnavailableError('This is not an address.');
  const url = new URL(address, base?.href);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new PageUnavailableError('Only addresses that begin with http:// or https:// are fetched.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new PageUnavailableError('An address with a password in it is not fetched.');
  }
  url.hash = '';
  return url;
}

function open(
  url: URL,
  signal: AbortSignal,
  isAllowed: (address: string) => boolean,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A connection to an address looks nothing up, so it would pass the check below.
  if (isIP(host) !== 0 && !isAllowed(host)) throw notPublic(url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((answered, failed) => {
    const sent = request(url, {
      lookup: publicLookup(url, isAllowed),
      signal,
      // A kept connection would be one that was checked for another request.
      agent: false,
      headers: {
        accept: 'text/html, text/markdown, text/plain, application/pdf, */*;q=0.1',
        'accept-encoding': 'identity',
      },
    });
    sent.once('response', answered);
    sent.once('error', (error) => failed(unavailable(error, url, signal)));
    sent.end();
  });
}

/** Resolves as usual, and gives the connection only addresses that are allowed. */
function publicLookup(url: URL, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      // One private address among public ones is no accident either.
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address)))
        return done(notPublic(url), '');
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

async function read(response: IncomingMessage, url: URL, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new PageUnavailableError(`${url.host} sends more than ${Math.floor(maxBytes / 1e6)} MB.`);
  if (Number(response.headers['content-length']) > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof PageUnavailableError ? error : new PageUnavailableError(`${url.host} broke off.`);
  }
  return Buffer.concat(chunks);
}

function notPublic(url: URL): PageUnavailableError {
  return new PageUnavailableError(`${url.host} is not on the public internet.`);
}

function unavailable(error: Error, url: URL, signal: AbortSignal): PageUnavailableError {
  if (error instanceof PageUnavailableError) return error;
  if (signal.aborted) return new PageUnavailableError(`${url.host} took too long.`);
  const code = 'code' in error ? String(error.code) : '';
  return new PageUnavailableError(
    code === 'ENOTFOUND' ? `There is no ${url.host}.` : `${url.host} does not answer${code && ` (${code})`}.`,
  );
}
