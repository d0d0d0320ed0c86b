import { createHash, randomBytes } from 'node:crypto';

/** 256 bits that nobody guesses, in characters that a cookie may hold. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token. It is random already, so a slow hash would protect nothing. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
