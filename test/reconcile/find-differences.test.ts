import { describe, expect, it } from 'vitest';
import { findDifferences, listProblem, missingFrom } from '../../tenancy/find-differences.js';
import type {
  Inventory,
  Look,
  RecordedProject,
  RecordedTenant,
  SeenProject,
} from '../../tenancy/inventory.js';
import { projectName } from '../../tenancy/naming.js';
import { planSchema } from '../../tenancy/plan.js';
import { settingsOf } from '../../tenancy/plan-difference.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const hour = 3_600_000;
const now = Date.parse('2026-11-27T00:00:00Z');
const longAgo = now - 100 * hour;
const id = tenantIdOf('acme');
const name = projectName('demo', id, 'installation');
const wanted = settingsOf(planSchema.parse({ region: 'aws-us-east-1', compute: { maxCu: 1 } }));

const seen = (more: Partial<SeenProject> = {}): SeenProject => ({
  neonId: 'calm-hill-1',
  name,
  createdAt: longAgo,
  isLowered: false,
  settings: wanted,
  ...more,
});

const recorded = (more: Partial<RecordedProject> = {}): RecordedProject => ({
  name,
  fleet: 'demo',
  tenantId: id,
  role: 'live',
  neonId: 'calm-hill-1',
  adopted: false,
  unansweredCreates: 0,
  isInDoubt: false,
  ...more,
});

const tenant = (more: Partial<RecordedTenant> = {}): RecordedTenant => ({
  id,
  state: 'ready',
  changedAt: longAgo,
  projectId: 'calm-hill-1',
  wanted,
  ...more,
});

/** A fleet of one tenant, with which all is well. */
const inventory = (more: Partial<Inventory> = {}): Inventory => ({
  fleet: 'demo',
  beganAt: now,
  ageMs: 24 * hour,
  seen: [seen()],
  gone: new Set(),
  projects: [recorded()],
  onceOnRecord: new Set(['calm-hill-1']),
  quarantine: [],
  tenants: [tenant()],
  looks: new Map(),
  ...more,
});

const look = (more: Partial<Look> = {}): ReadonlyMap<TenantId, Look> =>
  new Map([[id, { computes: 'awake', settings: {}, ...more }]]);

const kindsIn = (of: Inventory) => findDifferences(of).map(({ kind }) => kind);

/** A second project under the tenant's name. */
const second = (more: Partial<SeenProject> = {}) => seen({ neonId: 'late-moon-2', ...more });
const unanswered = { unansweredCreates: 1, unansweredSince: longAgo - hour } as const;

describe('a fleet with which all is well', () => {
  it('has no findings', () => {
    expect(findDifferences(inventory())).toEqual([]);
  });
});

describe('a project without a row', () => {
  it('is a double where an unanswered create of ours can have made it, beside the live one', () => {
    const found = findDifferences(inventory({ seen: [seen(), second()], projects: [recorded(unanswered)] }));
    expect(found).toEqual([
      expect.objectContaining({
        kind: 'double',
        tenantId: id,
        projectId: 'late-moon-2',
        mend: { by: 'quarantine' },
      }),
    ]);
    expect(found[0]?.heldBack).toBeUndefined();
  });

  it('is an orphan where its tenant has none', () => {
    const { neonId: _, ...gone } = recorded({ role: 'gone', ...unanswered });
    expect(kindsIn(inventory({ seen: [second()], projects: [gone], tenants: [] }))).toEqual(['orphan']);
  });

  it('under the very name of a tenant’s is left alone where no create of ours can have made it', () => {
    const [found] = findDifferences(inventory({ seen: [seen(), second()] }));
    expect(found).toMatchObject({ kind: 'unclaimed', projectId: 'late-moon-2' });
    expect(found?.mend).toBeUndefined();
  });

  it('is left alone where it is older than the create whose answer nobody read', () => {
    const older = second({ createdAt: longAgo - 3 * hour });
    expect(kindsIn(inventory({ seen: [seen(), older], projects: [recorded(unanswered)] }))).toEqual([
      'unclaimed',
    ]);
  });

  it('is left alone where there are more of them than creates, for which is ours is not known', () => {
    const found = findDifferences(
      inventory({
        seen: [seen(), second(), second({ neonId: 'other-3' })],
        projects: [recorded(unanswered)],
      }),
    );
    expect(found.map(({ kind, mend }) => [kind, mend])).toEqual([
      ['unclaimed', undefined],
      ['unclaimed', undefined],
    ]);
  });

  it('is the sweep’s while the create is in doubt', () => {
    const projects = [recorded({ ...unanswered, isInDoubt: true })];
    expect(kindsIn(inventory({ seen: [seen(), second()], projects }))).toEqual([]);
  });

  it('is left alone while it is younger than the age', () => {
    const young = second({ createdAt: now - hour });
    expect(kindsIn(inventory({ seen: [seen(), young], projects: [recorded(unanswered)] }))).toEqual([]);
  });

  it('is not taken while somebody uses it', () => {
    const used = second({ lastActiveAt: now - hour });
    const [found] = findDifferences(inventory({ seen: [seen(), used], projects: [recorded(unanswered)] }));
    expect(found?.heldBack).toMatch(/has used it/);
  });

  it('is not taken where somebody had its login, which a restored catalog has forgotten', () => {
    // Nobody can use what a create made whose answer was lost: the answer is what has the login.
    const once = second({ lastActiveAt: longAgo + 5 * hour });
    const [found] = findDifferences(inventory({ seen: [seen(), once], projects: [recorded(unanswered)] }));
    expect(found).toMatchObject({ kind: 'double', heldBack: expect.stringMatching(/has used it/) });
    const broughtUp = second({ lastActiveAt: longAgo + hour / 12 });
    const [unused] = findDifferences(
      inventory({ seen: [seen(), broughtUp], projects: [recorded(unanswered)] }),
    );
    expect(unused?.heldBack).toBeUndefined();
  });

  it('was recovered by a person where its id was on record once', () => {
    const [found] = findDifferences(
      inventory({
        seen: [seen(), second()],
        projects: [recorded(unanswered)],
        onceOnRecord: new Set(['late-moon-2']),
      }),
    );
    expect(found).toMatchObject({ kind: 'returned' });
    expect(found?.mend).toBeUndefined();
  });

  it('with a name as another installation would make it is told of, and left alone', () => {
    const stranger = seen({ neonId: 's-1', name: projectName('demo', id, 'another') });
    const [found] = findDifferences(inventory({ seen: [seen(), stranger] }));
    expect(found).toMatchObject({ kind: 'unclaimed', projectId: 's-1' });
    expect(found?.mend).toBeUndefined();
  });

  it('with a name of its own is nobody’s business', () => {
    expect(kindsIn(inventory({ seen: [seen(), seen({ neonId: 's-1', name: 'demo-shop' })] }))).toEqual([]);
  });

  it('of another fleet of the installation is that fleet’s', () => {
    const other = recorded({ name: 'other-acme', fleet: 'other', neonId: 'theirs-1', ...unanswered });
    const projects = [recorded(), other];
    const theirs = [seen({ neonId: 'theirs-1' }), seen({ neonId: 'theirs-2', name: 'other-acme' })];
    expect(kindsIn(inventory({ seen: [seen(), ...theirs], projects }))).toEqual([]);
  });

  it('of an adopted project’s name is somebody else’s', () => {
    const projects = [recorded({ name: 'shop', adopted: true, ...unanswered })];
    const both = [seen({ name: 'shop' }), second({ name: 'shop' })];
    expect(kindsIn(inventory({ seen: both, projects, tenants: [] }))).toEqual([]);
  });
});

describe('a project in quarantine', () => {
  const held = {
    neonId: 'late-moon-2',
    name,
    tenantId: id,
    state: 'quarantined',
    dueAt: now - 1,
    isShut: true,
  } as const;
  const shut = second({ isLowered: true });
  const with_ = (more: object = {}, project: SeenProject = shut, of: Partial<Inventory> = {}) =>
    findDifferences(inventory({ seen: [seen(), project], quarantine: [{ ...held, ...more }], ...of }));

  it('goes when its time is up, and not before', () => {
    expect(with_()).toEqual([expect.objectContaining({ kind: 'quarantined', mend: { by: 'delete' } })]);
    expect(with_({ dueAt: now + hour })[0]?.heldBack).toMatch(/not before/);
  });

  it.each([
    [
      'a tenant has it by now',
      {},
      shut,
      { projects: [recorded(), recorded({ name: 'x', neonId: 'late-moon-2' })] },
    ],
    ['somebody gave it another name', {}, { ...shut, name: 'rescued' }, {}],
    ['somebody gave it its quota back', {}, { ...shut, isLowered: false }, {}],
    ['somebody asked for it', { state: 'releasing' }, shut, {}],
  ])('is let go where %s', (_, more, project, of) => {
    expect(with_(more, project, of)).toEqual([expect.objectContaining({ mend: { by: 'release' } })]);
  });

  it('is shut before its time counts', () => {
    expect(with_({ isShut: false })[0]?.mend).toEqual({ by: 'quarantine' });
  });

  it('that was released is left alone for good', () => {
    expect(with_({ state: 'released' })).toEqual([]);
  });

  it('that was deleted and is back was recovered by a person', () => {
    expect(with_({ state: 'deleted' }).map(({ kind, mend }) => [kind, mend])).toEqual([
      ['returned', undefined],
    ]);
  });
});

describe('a tenant', () => {
  it('whose project the list lacks is missing it only once Neon was asked for it by its id', () => {
    const lacking = inventory({ seen: [] });
    expect(missingFrom(lacking)).toEqual([{ tenantId: id, projectId: 'calm-hill-1' }]);
    expect(kindsIn(lacking)).toEqual([]);
    const asked = inventory({ seen: [], gone: new Set(['calm-hill-1']) });
    expect(findDifferences(asked)).toEqual([
      expect.objectContaining({ kind: 'missing', mend: { by: 'repair' } }),
    ]);
    expect(missingFrom(asked)).toEqual([]);
  });

  it('that changed lately is left alone', () => {
    const changed = [tenant({ changedAt: now - hour })];
    expect(kindsIn(inventory({ seen: [seen({ isLowered: true })], tenants: changed }))).toEqual([]);
  });

  it('that is ready is not as its plan says, or shut out', () => {
    const grown = seen({ settings: { ...wanted, 'quota.logicalSizeBytes': 9 } });
    expect(kindsIn(inventory({ seen: [grown] }))).toEqual(['plan']);
    const small = seen({ settings: { ...wanted, 'quota.activeTimeSeconds': 9 } });
    expect(kindsIn(inventory({ seen: [small] }))).toEqual(['shut-out']);
    expect(kindsIn(inventory({ seen: [seen({ isLowered: true })] }))).toEqual(['shut-out']);
  });

  it('that is suspended can be woken', () => {
    const suspended = [tenant({ state: 'suspended' })];
    expect(kindsIn(inventory({ tenants: suspended }))).toEqual(['open']);
    expect(kindsIn(inventory({ tenants: suspended, seen: [seen({ isLowered: true })] }))).toEqual([]);
  });

  it('of which Neon tells no quota is not taken for anything', () => {
    const { isLowered: _, ...untold } = seen({ settings: {} });
    expect(kindsIn(inventory({ seen: [untold], tenants: [tenant({ state: 'suspended' })] }))).toEqual([]);
    expect(kindsIn(inventory({ seen: [untold] }))).toEqual([]);
  });

  it('is looked into: its compute, its logins and its ledger', () => {
    expect(kindsIn(inventory({ looks: look({ computes: 'none' }) }))).toEqual(['no-compute']);
    expect(kindsIn(inventory({ looks: look({ settings: { 'compute.maxCu': 4 } }) }))).toEqual(['plan']);
    const database = { logins: ['it did not work'], strangers: '"eve" can log in', schemaVersion: '0001' };
    expect(kindsIn(inventory({ looks: look({ database }) }))).toEqual(['roles', 'stranger', 'schema']);
    expect(kindsIn(inventory({ looks: look({ database: { unanswered: 'mute' } }) }))).toEqual([]);
  });

  it('whose project has another name at Neon keeps it, for its id is what counts', () => {
    const [found] = findDifferences(inventory({ seen: [seen({ name: 'precious' })] }));
    expect(found).toMatchObject({ kind: 'renamed', message: expect.stringContaining('"precious"') });
    expect(found?.mend).toBeUndefined();
  });

  it.each([
    ['updating', 'ended', { by: 'repair' }],
    ['offboarding', 'ended', { by: 'offboard' }],
    ['provisioning', 'ended', { by: 'give up' }],
    ['adopting', 'ended', undefined],
    ['updating', 'succeeded', undefined],
  ] as const)('that is %s, and whose run %s, is mended by %o', (state, run, mend) => {
    const [found] = findDifferences(inventory({ tenants: [tenant({ state, run })] }));
    expect(found?.kind).toBe('dead-run');
    expect(found?.mend).toEqual(mend);
  });

  it('whose run is open, or was not asked for, is in good hands', () => {
    expect(kindsIn(inventory({ tenants: [tenant({ state: 'updating', run: 'open' })] }))).toEqual([]);
    expect(kindsIn(inventory({ tenants: [tenant({ state: 'updating' })] }))).toEqual([]);
  });
});

describe('a list that lacks much of what is on record', () => {
  const demo = { fleet: 'demo' } as const;
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => recorded({ name: `p${at}`, neonId: `p-${at}` }));
  const listed = (count: number) =>
    Array.from({ length: count }, (_, at) => seen({ name: `p${at}`, neonId: `p-${at}` }));

  it('proves nothing, although it is called whole', () => {
    expect(listProblem({ ...demo, seen: listed(89), projects: many(100) })).toMatch(/lacks 11 of the 100/);
    expect(listProblem({ ...demo, seen: [], projects: many(11) })).toMatch(/lacks 11 of the 11/);
  });

  it('proves nothing where it has none of a small fleet, which is what a key of another organization sees', () => {
    expect(listProblem({ ...demo, seen: [], projects: many(3) })).toMatch(/lacks 3 of the 3/);
    const theirs = [seen({ neonId: 'theirs-1', name: 'theirs' })];
    expect(listProblem({ ...demo, seen: theirs, projects: many(2) })).toMatch(/lacks 2 of the 2/);
    // The project of the only tenant may well have been deleted.
    expect(listProblem({ ...demo, seen: [], projects: many(1) })).toBeUndefined();
  });

  it('is of this fleet: others of the installation may have organizations of their own', () => {
    const others = many(50).map((row) => ({ ...row, fleet: 'other', neonId: `${row.neonId}-other` }));
    const projects = [...many(5), ...others];
    expect(listProblem({ ...demo, seen: listed(5), projects })).toBeUndefined();
    const lost = [...many(20), ...others.map((row, at) => ({ ...row, neonId: `p-${at + 20}` }))];
    expect(listProblem({ ...demo, seen: listed(70).slice(20), projects: lost })).toMatch(
      /lacks 20 of the 20/,
    );
  });

  it('may lack some', () => {
    expect(listProblem({ ...demo, seen: listed(90), projects: many(100) })).toBeUndefined();
    expect(listProblem({ ...demo, seen: listed(1), projects: many(11) })).toBeUndefined();
  });
});
