import type { Duplex } from 'node:stream';
import { refusal } from '../compute/refusal.js';
import type { ScramVerifier } from '../compute/scram.js';
import { type Frame, Frames } from './frames.js';
import {
  authentication,
  authenticationRequest,
  parseSaslInitialResponse,
  saslInitialResponse,
  saslMechanisms,
  saslResponse,
} from './messages.js';
import {
  bound,
  finish,
  ownFirst,
  parseClientFirst,
  plain,
  ScramError,
  serverFirstFor,
} from './scram-relay.js';

export interface Introduction {
  /** A client that has sent its startup packet, and a Postgres that has received it. */
  readonly client: Duplex;
  readonly compute: Duplex;
  readonly channelBinding: Buffer;
  readonly verifier: () => Promise<ScramVerifier | undefined>;
}

/**
 * Lets a client log in to Postgres over an encrypted connection that only we see. Whatever Postgres says before or
 * instead of asking for a password goes through as it is.
 * @returns whether it goes on: then the rest is for the two of them.
 */
export async function authenticate({
  client,
  compute,
  channelBinding,
  verifier,
}: Introduction): Promise<boolean> {
  const fromClient = new Frames(client);
  const fromCompute = new Frames(compute);
  const passOn = (frame: Frame) => client.write(frame.raw);
  /** Passes everything on up to what is awaited. @returns undefined when Postgres says no instead. */
  const upTo = async (kind: number): Promise<string | undefined> => {
    for (;;) {
      const frame = await fromCompute.next();
      if (frame.type === 'R' && frame.body.readInt32BE() === kind) return frame.body.toString('utf8', 4);
      passOn(frame);
      if (frame.type === 'E') return undefined;
    }
  };

  if ((await upTo(authentication.sasl)) === undefined) return false;
  client.write(saslMechanisms(bound, plain));
  try {
    const { mechanism, data } = parseSaslInitialResponse(await saslFrom(fromClient));
    const first = parseClientFirst(mechanism, data);
    const own = ownFirst();
    compute.write(saslInitialResponse({ mechanism: plain, data: own.data }));
    const fromPostgres = await upTo(authentication.saslContinue);
    if (fromPostgres === undefined) return false;
    const toClient = serverFirstFor(first, fromPostgres);
    client.write(authenticationRequest(authentication.saslContinue, toClient));

    const final = (await saslFrom(fromClient)).toString('utf8');
    const exchange = { client: first, toClient, ownBare: own.bare, fromPostgres, channelBinding };
    const { forPostgres, forClient } = finish({ ...exchange, verifier: await verifier() }, final);
    compute.write(saslResponse(forPostgres));
    if ((await upTo(authentication.saslFinal)) === undefined) return false;
    client.write(authenticationRequest(authentication.saslFinal, forClient));
    return true;
  } catch (error) {
    if (!(error instanceof ScramError)) throw error;
    client.write(refusal(error.message, error.sqlState));
    return false;
  }
}

async function saslFrom(client: Frames): Promise<Buffer> {
  const { type, body } = await client.next();
  if (type !== 'p') throw new ScramError('expected SASL response', '08P01');
  return body;
}
