import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** OWASP's cheat sheet on password storage names these as equal to N = 2^17 with a quarter of its memory: 32 MiB a sign-in. */
const cost = { logN: 15, r: 8, p: 3 };
const keyBytes = 32;
/** scrypt holds 128 · N · r bytes, and Node refuses more than 32 MiB unless it is told. */
const maxmem = 64 * 1024 * 1024;

/** `scrypt$<log2 N>$<r>$<p>$<salt>$<key>`, so that the cost can rise without anybody's password being asked for again. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(normalized(password), salt, keyBytes, {
    N: 2 ** cost.logN,
    r: cost.r,
    p: cost.p,
    maxmem,
  });
  return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join(
    '$',
  );
}

export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [scheme, logN, r, p, salt = '', key = ''] = hash.split('$');
  if (scheme !== 'scrypt') throw new Error('a password hash of an unknown scheme');
  const expected = Buffer.from(key, 'base64url');
  const options = { N: 2 ** Number(logN), r: Number(r), p: Number(p), maxmem };
  const actual = await derive(normalized(password), Buffer.from(salt, 'base64url'), expected.length, options);
  return timingSafeEqual(actual, expected);
}

/** One keyboard writes é as one character, another as two. */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
