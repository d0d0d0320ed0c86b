import { expect, expectTypeOf, it } from 'vitest';
import type { TenantryClient } from '../../client/index.js';
import { defineFleet, type Fleet } from '../../tenancy/index.js';

const region = 'aws-us-east-1';
const fleet = defineFleet({ name: 'rag', plans: { free: { region }, pro: { region } }, defaultPlan: 'free' });
type Client = TenantryClient<'free' | 'pro'>;

it('gives a fleet the names of its plans as a type', () => {
  expectTypeOf(fleet).toEqualTypeOf<Fleet<'free' | 'pro'>>();
  expectTypeOf(fleet).toExtend<Fleet>();
});

it('takes a plan that the fleet has, and none that it lacks', () => {
  type Asked = Parameters<Client['start']['onboard']>[0];
  expectTypeOf<{ id: string; plan: 'pro' }>().toExtend<Asked>();
  expectTypeOf<{ id: string; plan: 'fre' }>().not.toExtend<Asked>();
  expectTypeOf<Parameters<Client['execute']['changePlan']>[1]>().toEqualTypeOf<{
    readonly plan: 'free' | 'pro';
  }>();
  // @ts-expect-error: the default plan is one of the fleet's
  expect(() => defineFleet({ name: 'rag', plans: { free: { region } }, defaultPlan: 'fre' })).toThrow();
});

it('executes what it starts, with what the handle resolves to', () => {
  type Started = Awaited<ReturnType<Client['start']['offboard']>>;
  expectTypeOf<Awaited<ReturnType<Client['execute']['offboard']>>>().toEqualTypeOf<
    Awaited<ReturnType<Started['result']>>
  >();
});

it('takes a client of any plan where one of known plans is asked for, and the other way round', () => {
  expectTypeOf<TenantryClient>().toExtend<Client>();
  expectTypeOf<Client>().toExtend<TenantryClient>();
});
