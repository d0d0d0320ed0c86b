import type { IncomingMessage } from 'node:http';
import { NeonError } from '../errors.js';
import type { Address } from '../neon.js';

/*
 * A page in a browser on this machine can send requests here, and the control API asks for no key. Two things give such
 * a page away: a name of its own that it has made lead to this machine (DNS rebinding), which is in `Host`, and the
 * site that it comes from. Programs say nothing of either.
 */

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** @throws NeonError 421 when the request is for another name, 403 when a page of another site has sent it. */
export function refuseWebPages(request: IncomingMessage, address: Pick<Address, 'host' | 'domain'>): void {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  if (!isOurs(nameIn(host), address, request.socket.localAddress))
    throw new NeonError(
      421,
      `the emulator does not answer for the host "${nameIn(host)}": use 127.0.0.1, localhost, or the host or domain that it was started with`,
    );
  const foreign =
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (foreign)
    throw new NeonError(403, 'the emulator does not answer web pages of other sites: call it from a program');
}

function isOurs(
  name: string,
  { host, domain }: Pick<Address, 'host' | 'domain'>,
  reached: string | undefined,
): boolean {
  return (
    loopback.includes(name) ||
    name === host.toLowerCase() ||
    // Listening on every address, the one that was asked for is as good as a name: no page can be served from it.
    name === bracketed(reached ?? '') ||
    (domain !== undefined && `.${name}`.endsWith(`.${domain.toLowerCase()}`))
  );
}

/** Without the port, in small letters. */
const nameIn = (host: string) => host.toLowerCase().replace(/:\d*$/, '');

function bracketed(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return plain.includes(':') ? `[${plain}]` : plain;
}
