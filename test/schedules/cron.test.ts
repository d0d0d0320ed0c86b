import { describe, expect, it } from 'vitest';
import { cronProblem, parseCron } from '../../tenancy/cron.js';

describe('a cron expression', () => {
  it.each([
    ['0 3 * * *', { minute: [0], hour: [3] }],
    ['*/20 8-10 * * *', { minute: [0, 20, 40], hour: [8, 9, 10] }],
    ['5/25 0,12 * * *', { minute: [5, 30, 55], hour: [0, 12] }],
    ['10-20/5,59 1 * * *', { minute: [10, 15, 20, 59], hour: [1] }],
    ['0 0 1,1 jan-Mar *', { dayOfMonth: [1], month: [1, 2, 3] }],
    ['0 0 * * MON-FRI', { dayOfWeek: [1, 2, 3, 4, 5] }],
    ['0 0 * * 5-7', { dayOfWeek: [0, 5, 6] }],
    ['  0\t0 * * 0 ', { dayOfWeek: [0] }],
  ])('%s is read', (expression, times) => {
    expect(parseCron(expression)).toMatchObject(times);
  });

  it('matches every day and month where it has stars', () => {
    const { dayOfMonth, month, dayOfWeek } = parseCron('0 3 * * *');
    expect([dayOfMonth.length, month.length, dayOfWeek]).toEqual([31, 12, [0, 1, 2, 3, 4, 5, 6]]);
  });

  it.each([
    ['0 3 * *', /five fields/],
    ['0 0 3 * * * *', /five fields/],
    ['@daily', /five fields/],
    ['60 3 * * *', /no minute "60": it is 0 to 59/],
    ['0 24 * * *', /no hour "24"/],
    ['0 3 0 * *', /no day of the month "0"/],
    ['0 3 * FEBRUARY *', /no month "FEBRUARY"/],
    ['0 3 * * 8', /no day of the week "8"/],
    ['0 3 * * 5-1', /no day of the week "5-1"/],
    ['*/0 3 * * *', /no minute "\*\/0"/],
    ['1- 3 * * *', /no minute "1-"/],
    ['1,,2 3 * * *', /no minute ""/],
    ['0 3 L * *', /no day of the month "L"/],
    ['0 3 1 * MON', /a list of two expressions/],
  ])('%s is refused with the reason', (expression, reason) => {
    expect(cronProblem(expression)).toMatch(reason);
  });
});
