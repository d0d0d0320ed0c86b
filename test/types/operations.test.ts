import { expectTypeOf, it } from 'vitest';
import type { AnyOperation, ErasedTenant, OnboardedTenant, TenantryClient } from '../../client/index.js';

type Last = NonNullable<Awaited<ReturnType<TenantryClient['lastOperation']>>>;
type ResultOf<Handle extends AnyOperation> = Awaited<ReturnType<Handle['result']>>;

it('the result of an operation that is not known beforehand is of one of the types, and its operation says of which', () => {
  expectTypeOf<Last>().toEqualTypeOf<AnyOperation>();
  expectTypeOf<ResultOf<Extract<Last, { operation: 'onboard' }>>>().toEqualTypeOf<OnboardedTenant>();
  expectTypeOf<ResultOf<Extract<Last, { operation: 'erase' }>>>().toEqualTypeOf<ErasedTenant>();
  expectTypeOf<ResultOf<Last>>().not.toBeUnknown();
});
