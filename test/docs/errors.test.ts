import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as errors from '../../client/errors.js';
import { hooksSchema } from '../../tenancy/hooks.js';

const page = await readFile(new URL('../../docs/backend.md', import.meta.url), 'utf8');

const classes = Object.keys(errors).filter((name) => name !== 'TenantryError');

it.each(classes)('%s is documented', (name) => {
  expect(page).toContain(`| \`${name}\``);
});

it.each(Object.keys(hooksSchema.shape))('the hook "%s" is documented', (name) => {
  expect(page).toContain(`| \`${name}\``);
});
