import { expect, it } from 'vitest';
import { createOperationDurations } from '../../activities/neon/operation-durations.js';

const lasting = (action: string, ms: number) => ({
  action,
  created_at: new Date(0).toISOString(),
  updated_at: new Date(ms).toISOString(),
});

it('expects nothing of an operation that has never been seen', () => {
  const durations = createOperationDurations();
  durations.ended(lasting('create_timeline', 3_000));
  expect(durations.expected('start_compute')).toBeUndefined();
});

it('expects steady durations to last as long again, with a grain to spare', () => {
  const durations = createOperationDurations();
  for (let n = 0; n < 20; n += 1) durations.ended(lasting('start_compute', 5_000));
  expect(durations.expected('start_compute')).toBe(5_100);
});

it('expects more where durations vary: nine of ten are over by then', () => {
  const durations = createOperationDurations();
  const varied = Array.from({ length: 400 }, (_, n) => 4_000 + ((n * 7_919) % 2_000));
  for (const ms of varied) durations.ended(lasting('start_compute', ms));
  const expected = durations.expected('start_compute') ?? 0;
  expect(varied.filter((ms) => ms <= expected).length / varied.length).toBeGreaterThanOrEqual(0.9);
  expect(expected).toBeLessThan(7_000);
});

it('follows a change within twenty operations, in both directions', () => {
  const durations = createOperationDurations();
  const see = (ms: number) => {
    for (let n = 0; n < 20; n += 1) durations.ended(lasting('start_compute', ms));
    return durations.expected('start_compute') ?? 0;
  };
  expect(see(5_000)).toBeLessThan(5_500);
  expect(see(30_000)).toBeGreaterThan(28_000);
  expect(see(5_000)).toBeLessThan(9_000);
});

it('tells regions apart, and knows of a new region what the others have shown', () => {
  const durations = createOperationDurations();
  durations.ended(lasting('start_compute', 2_000), 'aws-us-east-1');
  durations.ended(lasting('start_compute', 8_000), 'azure-gwc');
  expect(durations.expected('start_compute', 'aws-us-east-1')).toBe(2_100);
  expect(durations.expected('start_compute', 'azure-gwc')).toBe(8_100);
  const elsewhere = durations.expected('start_compute', 'aws-eu-west-2') ?? 0;
  expect(elsewhere).toBeGreaterThan(2_100);
});

it('learns from an operation that takes longer than expected, before it has ended', () => {
  const durations = createOperationDurations();
  durations.ended(lasting('start_compute', 2_000));
  durations.outlasted('start_compute', 1_000);
  expect(durations.expected('start_compute')).toBe(2_100);
  durations.outlasted('start_compute', 20_000);
  expect(durations.expected('start_compute')).toBeGreaterThan(4_000);
});

it('takes an end before the beginning for no duration at all', () => {
  const durations = createOperationDurations();
  durations.ended({ ...lasting('start_compute', 0), created_at: new Date(60_000).toISOString() });
  expect(durations.expected('start_compute')).toBeUndefined();
});
