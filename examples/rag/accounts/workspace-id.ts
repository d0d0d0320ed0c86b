import { randomBytes } from 'node:crypto';

const longestSlug = 40;

/** `Acme & Söhne` → `acme-sohne-3f9a61c2`: an operator reads whose it is, and no two workspaces of one name meet. */
export function workspaceId(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug)
    .replace(/^-+|-+$/g, '');
  return `${slug || 'workspace'}-${randomBytes(4).toString('hex')}`;
}
