import { expect, it } from 'vitest';
import { withOurs } from '../../cli/init/package-json.js';

it('a project that npm has just made gets our test in place of npm’s placeholder, and keeps a test of its own', () => {
  const made = (test: string) => withOurs(JSON.stringify({ scripts: { test } }), 'shop');
  const placeholder = made('echo "Error: no test specified" && exit 1');
  expect(JSON.parse(placeholder.after).scripts.test).toMatch(/^node --test /);
  expect(placeholder.kept).toEqual([]);
  const own = made('vitest run');
  expect(JSON.parse(own.after).scripts.test).toBe('vitest run');
  expect(own.kept).toMatchObject([{ name: 'test' }]);
});
