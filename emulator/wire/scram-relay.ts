import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { ScramVerifier } from '../compute/scram.js';

/*
 * SCRAM-SHA-256 (RFC 5802, RFC 7677) from both sides at once. Towards the client we are the server, because only we can
 * prove that we hold the certificate of its TLS connection. Towards Postgres we are the client, with the key that the
 * client's proof has told us. Whether the proof is right is Postgres's decision: a wrong one gives a wrong key.
 */

export const plain = 'SCRAM-SHA-256';
export const bound = 'SCRAM-SHA-256-PLUS';

/** A client's fault in the exchange, with what Postgres calls it. */
export class ScramError extends Error {
  override readonly name = 'ScramError';
  readonly sqlState: string;

  constructor(message: string, sqlState: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

const malformed = () => new ScramError('malformed SCRAM message', '08P01');

export interface ClientFirst {
  readonly mechanism: string;
  /** The head that says whether the client binds to the channel; its final message has to repeat it. */
  readonly head: string;
  readonly bare: string;
  readonly nonce: string;
}

const clientFirst = /^((n|y|p=tls-server-end-point),[^,]*,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s;

/** @throws ScramError when it is malformed, or binds otherwise than its mechanism says. */
export function parseClientFirst(mechanism: string, data: string): ClientFirst {
  const [, head, flag, bare, nonce] = clientFirst.exec(data) ?? [];
  if (head === undefined || bare === undefined || nonce === undefined) throw malformed();
  const binds = flag !== 'n' && flag !== 'y';
  if ((mechanism !== plain && mechanism !== bound) || binds !== (mechanism === bound)) throw malformed();
  // "I could bind, but you cannot": yet we can, so somebody in between has changed our offer.
  if (flag === 'y') throw new ScramError('SCRAM channel binding negotiation error', '28000');
  return { mechanism, head, bare, nonce };
}

const serverFirst = /^r=([^,]+),(s=[^,]+,i=\d+)$/;
const clientFinal = /^(c=([^,]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s;

/** Our first message to Postgres. */
export function ownFirst() {
  const bare = `n=*,r=${randomBytes(18).toString('base64')}`;
  return { bare, data: `n,,${bare}` };
}

/** Postgres's first message in words for the client: salt and iterations are the same, the nonce is the client's. */
export function serverFirstFor(client: ClientFirst, fromPostgres: string): string {
  const parameters = serverFirst.exec(fromPostgres)?.[2];
  if (parameters === undefined) throw new Error('Postgres speaks another SCRAM');
  return `r=${client.nonce}${randomBytes(18).toString('base64')},${parameters}`;
}

export interface Exchange {
  readonly client: ClientFirst;
  /** What we told the client, and what Postgres told us. */
  readonly toClient: string;
  readonly ownBare: string;
  readonly fromPostgres: string;
  readonly channelBinding: Buffer;
  /** What Postgres keeps of the password; absent where there is none, and then no proof is right. */
  readonly verifier: ScramVerifier | undefined;
}

/** From the client's final message to ours for Postgres, and the signature that the client waits for. */
export function finish(exchange: Exchange, data: string) {
  const [, unproved, binding, nonce, proof] = clientFinal.exec(data) ?? [];
  if (unproved === undefined || proof === undefined) throw malformed();
  const { client, toClient } = exchange;
  if (nonce !== serverFirst.exec(toClient)?.[1]) throw malformed();
  const bytes = client.mechanism === bound ? exchange.channelBinding : Buffer.alloc(0);
  if (binding !== Buffer.concat([Buffer.from(client.head), bytes]).toString('base64'))
    throw new ScramError('SCRAM channel binding check failed', '28000');

  const heard = `${client.bare},${toClient},${unproved}`;
  const { storedKey, serverKey } = exchange.verifier ?? {
    storedKey: randomBytes(32),
    serverKey: randomBytes(32),
  };
  const clientKey = xor(Buffer.from(proof, 'base64'), hmac(storedKey, heard));
  const ownUnproved = `c=biws,r=${serverFirst.exec(exchange.fromPostgres)?.[1]}`;
  const ownHeard = `${exchange.ownBare},${exchange.fromPostgres},${ownUnproved}`;
  const ownProof = xor(clientKey, hmac(createHash('sha256').update(clientKey).digest(), ownHeard));
  return {
    forPostgres: `${ownUnproved},p=${ownProof.toString('base64')}`,
    forClient: `v=${hmac(serverKey, heard).toString('base64')}`,
  };
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** As long as the second, however long the first is: a proof of another length is a wrong one. */
const xor = (a: Buffer, b: Buffer) => Buffer.from(b.map((byte, at) => byte ^ (a[at] ?? 0)));
