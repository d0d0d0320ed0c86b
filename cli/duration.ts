import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as people write it, such as `90m` or `1d`, in milliseconds. */
export function duration(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const length = units[unit];
  if (amount !== undefined && length !== undefined && Number(amount) > 0) return Number(amount) * length;
  throw new InvalidArgumentError('It is a number with s, m, h or d, such as 90m or 1d.');
}
