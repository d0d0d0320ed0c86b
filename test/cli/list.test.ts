import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age } from '../../cli/age.js';
import { insertFleet } from '../catalog/listed-tenants.js';
import { runTenantry } from '../support/command-line.js';
import { onTerminal } from '../support/on-terminal.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/** More than a page of the client's. */
const tenants = 2_345;

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    await insertFleet(client, t.fleet.name, tenants);
    await client.query(
      `update tenantry.tenants set created_at = now() - interval '3 days' where id = 'tenant-0000007'`,
    );
  });
});

afterAll(() => t.stop());

const run = (...args: string[]) => runTenantry(args, t.environment);
const idsIn = (stdout: string) => stdout.match(/^tenant-\d+/gm) ?? [];

interface Listed {
  readonly tenants: readonly { readonly id: string; readonly state: string; readonly region: string }[];
  readonly next: string | null;
}

async function json(...args: string[]): Promise<Listed> {
  const { stdout, stderr, exitCode } = await run('list', '--json', ...args);
  expect({ stderr, exitCode, lines: stdout.split('\n').length }).toEqual({
    stderr: '',
    exitCode: 0,
    lines: 2,
  });
  return JSON.parse(stdout);
}

describe('tenantry list', () => {
  it('prints every tenant in a pipe, with its age and what failed', async () => {
    const { stdout, stderr, exitCode } = await run('list');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const ids = idsIn(stdout);
    expect(new Set(ids).size).toBe(tenants);
    expect(ids).toEqual([...ids].sort());
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^tenant +state +plan +age +failure or attention$/);
    expect(lines[7]).toMatch(/^tenant-0000007 +failed +free +3d +MigrationFailed: no$/);
    expect(lines[2000]).toMatch(/^tenant-0002000 +updating /);
  });

  it('shows 50 on a terminal, and says how many more there are and how to see them', async () => {
    const shown = await onTerminal(['list'], t.environment);
    expect(idsIn(shown)).toHaveLength(50);
    const [, more, after = ''] =
      /^(\d+) more; the next: .*tenantry(?: --)? list --after (\S+)$/m.exec(shown) ?? [];
    expect(more).toBe(String(tenants - 50));
    const next = await onTerminal(['list', '--after', after], t.environment);
    expect(idsIn(next)[0]).toBe('tenant-0000051');
    expect(next).toContain(`${tenants - 100} more; `);
  });

  it('prints one JSON object, of all or of a page with the place of the next', async () => {
    const all = await json();
    expect(all.tenants).toHaveLength(tenants);
    expect(all.next).toBeNull();
    const first = await json('--limit', '2000', '--sort', '-createdAt');
    const second = await json('--sort', '-createdAt', '--after', first.next ?? '');
    expect(second.next).toBeNull();
    const ids = [...first.tenants, ...second.tenants].map(({ id }) => id);
    expect(new Set(ids).size).toBe(tenants);
    expect(ids.slice(0, 2)).toEqual(['tenant-0000007', `tenant-000${tenants}`]);
    expect(ids.at(-1)).toBe('tenant-0000001');
  });

  it('says in a pipe how to go on, as it was asked', async () => {
    const { stdout, stderr } = await run(
      ...['list', '--limit', '2', '--plan', 'pro', '--sort', '-id', '--where', 'id^="tenant-00000"'],
    );
    expect(idsIn(stdout)).toHaveLength(2);
    expect(stderr).toMatch(
      /^31 more; the next: .* list --where 'id\^="tenant-00000"' --plan 'pro' --sort -id --limit 2 --after \S+\n$/,
    );
  });

  it('lists those that match alone', async () => {
    const { tenants: found } = await json(
      '--state',
      'failed',
      'updating',
      '--where',
      'region=aws-us-east-1,createdAt<2024-01-01T00:20:00Z',
    );
    expect(found.length).toBeGreaterThan(5);
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['failed']));
    expect(new Set(found.map(({ region }) => region))).toEqual(new Set(['aws-us-east-1']));
    expect(await json('--where', 'id^="nobody"')).toEqual({ tenants: [], next: null });
    expect((await run('list', '--where', 'attention=true,state=suspended')).stdout).toBe(
      'no tenant matches\n',
    );
  });

  const cursor = Buffer.from('["-id","acme"]').toString('base64url');

  it.each([
    [
      'a field',
      ['--where', 'state=ready,sate=ready'],
      /no field "sate"; there are state, .* \(character 13\)/,
    ],
    ['an operator', ['--where', 'plan~pro'], /"plan" takes =, not ~ \(character 5\)/],
    ['a value', ['--where', 'state=redy'], /"redy": state is one of ready, .* \(character 7\)/],
    ['a state', ['--state', 'redy'], /Allowed choices are ready, /],
    ['an order', ['--sort', 'plan'], /Allowed choices are id, -id, /],
    ['a limit', ['--limit', '0'], /whole number/],
    ['a place', ['--after', 'x'], /"after" is not the "next" of a page/],
    ['a place in another order', ['--after', cursor], /belongs to the order "-id", not to "id"/],
    ['a state that is said twice', ['--state', 'ready', '--where', 'state=failed'], /both say which state/],
  ])('refuses %s that it does not know, by name', async (_, args, says) => {
    const { stdout, stderr, exitCode } = await run('list', ...args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('    at ');
  });
});

it.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_600_000 * 23.9, '23h'],
  [86_400_000 * 400, '400d'],
  [-5_000, '0s'],
])('an age of %d ms is %s', (passed, shown) => {
  expect(age(new Date(1_000_000), 1_000_000 + passed)).toBe(shown);
});
