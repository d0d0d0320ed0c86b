import { describe, expect, it } from 'vitest';
import {
  appGroupName,
  appRoleName,
  companionQueue,
  companionQueueNames,
  defaultTaskQueue,
  nextAppRoleName,
  projectName,
  secretKindOf,
  secretName,
  secretsFolder,
  tenantWorkflowId,
} from '../../tenancy/naming.js';
import { longestTenantId, type TenantId } from '../../tenancy/tenant-id.js';
import { tenantIdOf } from './tenant-id-of.js';

const here = '6f1c9a50-8a3e-4c55-9c53-0d8f1f3b7a11';
const elsewhere = '0b0f4a8e-3f4b-4a55-8a4e-9d0a1c2b3d4e';

function namesOf(id: TenantId): Record<string, string> {
  return {
    project: projectName('rag', id, here),
    workflow: tenantWorkflowId('rag', id),
    group: appGroupName(id),
    role: appRoleName(id),
  };
}

const long = 'the-very-long-name-of-a-company-with-many-words';

describe('the names of a tenant', () => {
  it('are these, for good: another scheme would not find the projects and runs that there are', () => {
    expect(namesOf(tenantIdOf('acme'))).toEqual({
      project: 'rag-acme-16j9emj9qmn9',
      workflow: 'tenant/rag/acme-2bkd71802av7',
      group: 'tenant_acme_2bkd71802av7',
      role: 'tenant_acme_2bkd71802av7_a',
    });
    expect(namesOf(tenantIdOf('Acme Inc. (2) 😀'))).toEqual({
      project: 'rag-acme-inc-2-yrjgtsg87p97',
      workflow: 'tenant/rag/acme-inc-2-tk8bn6f46yet',
      group: 'tenant_acme_inc_2_tk8bn6f46yet',
      role: 'tenant_acme_inc_2_tk8bn6f46yet_a',
    });
  });

  it.each([
    ['case', 'C2', 'c2'],
    ['what is cut off', `${long}-a`, `${long}-b`],
    ['a sign', 'a.b', 'a_b'],
    ['a space at the end', 'acme', 'acme '],
    ['the Unicode form of an accent', '\u00e9', 'e\u0301'],
    ['an accent', 'jose', 'josé'],
    ['emoji', '😀', '🎉'],
    ['what stands in for an id without letters', 'tenant', '東京'],
    ['a hyphen', 'a-b', 'a--b'],
  ])('are no other’s when two ids differ in %s only', (_, one, other) => {
    const [mine, theirs] = [namesOf(tenantIdOf(one)), namesOf(tenantIdOf(other))];
    for (const [kind, name] of Object.entries(mine)) expect(name, kind).not.toBe(theirs[kind]);
  });

  it('do not run into each other where fleet and id could be divided in two ways', () => {
    const [c, bc] = [tenantIdOf('c'), tenantIdOf('b-c')];
    expect(projectName('a-b', c, here)).not.toBe(projectName('a', bc, here));
    expect(tenantWorkflowId('a-b', c)).not.toBe(tenantWorkflowId('a', bc));
  });

  it('differ from fleet to fleet', () => {
    const id = tenantIdOf('acme');
    expect(projectName('rag', id, here)).not.toBe(projectName('search', id, here));
    expect(tenantWorkflowId('rag', id)).not.toBe(tenantWorkflowId('search', id));
  });

  it('give projects of two installations different names', () => {
    const id = tenantIdOf('acme');
    expect(projectName('rag', id, here)).not.toBe(projectName('rag', id, elsewhere));
  });

  it.each([
    ['emoji', '😀'],
    ['letters', 'w'],
    ['ligatures, which decompose into many letters', '\ufdfa'],
  ])('stay within the limits of Postgres and Neon for 128 %s', (_, character) => {
    const id = tenantIdOf(character.repeat(longestTenantId));
    expect(Buffer.byteLength(appRoleName(id))).toBeLessThanOrEqual(63);
    expect(Buffer.byteLength(appGroupName(id))).toBeLessThanOrEqual(63);
    expect(projectName('f'.repeat(32), id, here).length).toBeLessThanOrEqual(256);
  });

  it.each(['acme', 'C2', 'a.b', '😀', ' -- ', `x'; drop role y`])(
    'of %j hold plain characters only, so that no quoting can go wrong',
    (raw) => {
      const { project, workflow, group, role } = namesOf(tenantIdOf(raw));
      expect(project).toMatch(/^rag-[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(workflow).toMatch(/^tenant\/rag\/[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(group).toMatch(/^tenant_[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(role).toBe(`${group}_a`);
    },
  );

  it('let a person recognise the tenant', () => {
    expect(projectName('rag', tenantIdOf('Acme Inc.'), here)).toMatch(/^rag-acme-inc-[a-z0-9]{12}$/);
    expect(appRoleName(tenantIdOf('😀'))).toMatch(/^tenant_tenant_[a-z0-9]{12}_a$/);
  });
});

it('the two logins of a tenant take turns', () => {
  const id = tenantIdOf('acme');
  const second = nextAppRoleName(id, appRoleName(id));
  expect(second).toBe('tenant_acme_2bkd71802av7_b');
  expect(nextAppRoleName(id, second)).toBe(appRoleName(id));
});

describe('the name of a secret', () => {
  it.each([
    ['owner', 'owner'],
    ['app', 'app'],
    ['next', 'next'],
    ['branch:look', 'branch/look/login'],
    // A name of AWS' must not end in a hyphen and six characters.
    ['branch:support-ticket', 'branch/support-ticket/login'],
    ['project:quiet-field-12345678', 'project/quiet-field-12345678/login'],
  ] as const)('of the kind %s is %s, and leads back to the kind', (kind, name) => {
    expect(secretName(kind)).toBe(name);
    expect(secretKindOf(name)).toBe(kind);
  });

  it.each(['', 'other', 'branch', 'branch//login', 'branch/look', 'toString'])('is not %j', (name) => {
    expect(secretKindOf(name)).toBeUndefined();
  });

  it('lies in a folder that is one tenant’s alone', () => {
    expect(secretsFolder('rag', tenantIdOf('Acme Inc.'))).toMatch(/^rag\/acme-inc-[0-9a-z]{12}\/$/);
    expect(secretsFolder('rag', tenantIdOf('C2'))).not.toBe(secretsFolder('rag', tenantIdOf('c2')));
  });
});

it('task queues of their own stand beside the queue of the workflows', () => {
  expect(companionQueue('tenantry', 'neon')).toBe('tenantry-neon');
});

it('a task queue that nobody named is one fleet’s alone, and so are its companions', () => {
  const names = ['shop', 'shop-neon', 'shop-tenantry', 'tenantry'];
  const queues = names.map(defaultTaskQueue);
  const companions = queues.flatMap((queue) => companionQueueNames.map((of) => companionQueue(queue, of)));
  expect(new Set([...queues, ...companions]).size).toBe(names.length * (1 + companionQueueNames.length));
});
