import { readFile } from 'node:fs/promises';
import { expect, inject, it } from 'vitest';

/** What a workflow may run with: its own rooms, Temporal's, and what these are made of. */
const allowed = [
  './workflows/',
  './tenancy/',
  './node_modules/@temporalio/',
  './node_modules/@noble/hashes/',
  './node_modules/nexus-rpc/',
  './node_modules/long/',
  './node_modules/ms/',
];

it('bundles the workflows with nothing that does I/O or slows a replay down', async () => {
  const bundle = await readFile(inject('ground').workflowBundle, 'utf8');
  const modules = [...bundle.matchAll(/^\/\*\*\*\/ "(\.\/[^"]+)"/gm)].map(([, name = '']) => name);
  expect(modules).toContain('./workflows/onboard-tenant.ts');
  expect(modules.filter((name) => !allowed.some((room) => name.startsWith(room)))).toEqual([]);
});
