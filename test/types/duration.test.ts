import type { Duration } from '@temporalio/common';
import { expectTypeOf, it } from 'vitest';

it('gives durations a type that refuses what is none', () => {
  expectTypeOf<number>().toExtend<Duration>();
  expectTypeOf<'5 minutes'>().toExtend<Duration>();
  expectTypeOf<'10 furlongs'>().not.toExtend<Duration>();
  expectTypeOf<{ x: 1 }>().not.toExtend<Duration>();
});
