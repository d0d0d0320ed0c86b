import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const iterations = 4096;

/** A password in the form Postgres keeps it (RFC 5803), so that nothing ever has to send the password itself. */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** What proves a client's proof, and what proves ourselves to the client. */
export interface ScramVerifier {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Reads what Postgres keeps. @returns undefined when it is no SCRAM verifier. */
export function parseVerifier(text: string): ScramVerifier | undefined {
  const [, stored, server] = /^SCRAM-SHA-256\$\d+:[^$]+\$([^:]+):(.+)$/.exec(text) ?? [];
  if (stored === undefined || server === undefined) return undefined;
  return { storedKey: Buffer.from(stored, 'base64'), serverKey: Buffer.from(server, 'base64') };
}
