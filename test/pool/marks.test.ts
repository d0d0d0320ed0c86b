import { expect, it } from 'vitest';
import { schemaMarksOf, settingsMarkOf } from '../../activities/wanted-pools.js';
import { poolProjectName, projectName } from '../../tenancy/naming.js';
import { planSchema } from '../../tenancy/plan.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const plan = { region: 'aws-us-east-1', compute: { maxCu: 1 } };
const markOf = (change: object = {}) => settingsMarkOf(planSchema.parse({ ...plan, ...change }));

it('a project fits a plan as long as the plan would ask for the same', () => {
  const differing = [
    { region: 'aws-eu-central-1' },
    { postgres: 16 },
    { compute: { maxCu: 2 } },
    { compute: { maxCu: 1, suspendAfterSeconds: 60 } },
    { historyRetentionSeconds: 3_600 },
    { quota: { activeTimeSeconds: 1 } },
  ];
  const marks = [markOf(), ...differing.map(markOf)];
  expect(new Set(marks).size).toBe(marks.length);
  expect(markOf({ pool: { size: 3 }, backups: {} })).toBe(markOf());
});

it('a project that lacks the last migrations fits, and one that has another does not', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((sha256, at) => ({ name: `000${at}_x`, sha256 }));
  const all = schemaMarksOf([first, second, third].filter((one) => one !== undefined));
  const before = schemaMarksOf([first, second].filter((one) => one !== undefined));
  expect(all).toHaveLength(4);
  expect(all.slice(0, 3)).toEqual(before);
  const changed = schemaMarksOf([{ name: '0000_x', sha256: 'other' }]);
  expect(all).not.toContain(changed[1]);
  expect(all).toContain(changed[0]);
});

it('a project in the pool has a name that no tenant of its fleet has', () => {
  const name = poolProjectName('demo', 'installation', 'run', '0/1');
  expect(name).toMatch(/^demo-pool-[0-9a-z]{12}$/);
  expect(name).not.toBe(projectName('demo', tenantIdOf('pool'), 'installation'));
  expect(name).not.toBe(poolProjectName('demo', 'elsewhere', 'run', '0/1'));
  expect(name).not.toBe(poolProjectName('demo', 'installation', 'run', '0/2'));
});
