import { randomBytes, randomInt } from 'node:crypto';
import { adjectives, nouns } from './words.js';

const digits = '0123456789';
const alphanumerics = `abcdefghijklmnopqrstuvwxyz${digits}`;
const passwordLetters = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${alphanumerics}`;

/** Ids in the shapes clients have come to recognise. */
export const newId = {
  project: () => `${words()}-${pick(digits, 8)}`,
  organization: () => `org-${words()}-${pick(digits, 8)}`,
  branch: () => `br-${words()}-${pick(alphanumerics, 8)}`,
  snapshot: () => `snap-${words()}-${pick(alphanumerics, 8)}`,
  endpoint: () => `ep-${words()}-${pick(alphanumerics, 8)}`,
};

export const newPassword = () => `npg_${pick(passwordLetters, 12)}`;

export const newKeySecret = (kind: string) => `neon_${kind}_key_${randomBytes(24).toString('base64url')}`;

export const newSuperuserPassword = () => randomBytes(24).toString('base64url');

function words(): string {
  return `${pickOne(adjectives)}-${pickOne(nouns)}`;
}

function pick(letters: string, count: number): string {
  return Array.from({ length: count }, () => letters.charAt(randomInt(letters.length))).join('');
}

function pickOne(list: readonly string[]): string {
  return list[randomInt(list.length)] ?? '';
}
