import { describe, expect, it } from 'vitest';
import { chooseMends, mendsOf } from '../../tenancy/choose-mends.js';
import type { Look } from '../../tenancy/inventory.js';
import type { Finding, FindingKind } from '../../tenancy/reconcile.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const limits = { tenants: 2, quarantines: 2, deletions: 2 };
const ids = ['a', 'b', 'c'].map(tenantIdOf);
const looks = (computes: Look['computes']) => new Map(ids.map((id) => [id, { computes }]));
const drift = (kind: FindingKind = 'plan'): Finding[] =>
  ids.map((tenantId) => ({ kind, tenantId, message: 'so', mend: { by: 'repair' } }));
const ofProjects = (by: 'quarantine' | 'delete'): Finding[] =>
  [1, 2, 3].map((at) => ({ kind: 'orphan', projectId: `${by}-${at}`, message: 'so', mend: { by } }));
const mended = (findings: readonly Finding[]) => mendsOf(findings).length;

describe('what a run mends', () => {
  it('is capped: tenants, projects taken into quarantine, projects deleted', () => {
    const all = [...drift(), ...ofProjects('quarantine'), ...ofProjects('delete')];
    const chosen = chooseMends(all, { limits, wake: false, looks: looks('awake') });
    expect(mended(chosen)).toBe(6);
    expect(chosen.filter(({ heldBack }) => heldBack?.includes('the most of one'))).toHaveLength(3);
  });

  it('is nothing that would wake a compute, unless that was asked for', () => {
    const asleep = { limits, looks: looks('asleep') };
    const chosen = chooseMends(drift(), { ...asleep, wake: false });
    expect(mended(chosen)).toBe(0);
    expect(chosen.map(({ heldBack }) => heldBack)).toEqual(
      ids.map(() => 'its compute sleeps, and a repair would wake it'),
    );
    expect(mended(chooseMends(drift(), { ...asleep, wake: true }))).toBe(2);
  });

  it('is nothing of a tenant whose compute was not looked at', () => {
    expect(mended(chooseMends(drift(), { limits, wake: false, looks: new Map() }))).toBe(0);
  });

  it.each(['missing', 'shut-out', 'no-compute', 'dead-run'] as const)(
    'is a tenant that is %s all the same: there is no sleep to be disturbed',
    (kind) => {
      expect(mended(chooseMends(drift(kind), { limits, wake: false, looks: new Map() }))).toBe(2);
    },
  );

  it('is a tenant once, whatever was found of it', () => {
    const chosen = chooseMends([...drift(), ...drift('roles')], {
      limits: { ...limits, tenants: 3 },
      wake: false,
      looks: looks('awake'),
    });
    expect(mended(chosen)).toBe(3);
  });

  it('is nothing that only a person can tell', () => {
    const stranger: Finding = { kind: 'stranger', message: 'so' };
    expect(mended(chooseMends([stranger], { limits, wake: true, looks: new Map() }))).toBe(0);
  });
});
