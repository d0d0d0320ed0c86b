import { InvalidArgumentError } from 'commander';
import { z } from 'zod';

/** A time in ISO 8601, with its offset: without one, it would be another moment on another machine. */
export function momentIn(text: string): Date {
  const time = z.iso.datetime({ offset: true }).safeParse(text);
  if (time.success) return new Date(time.data);
  throw new InvalidArgumentError('It is a time with its offset, such as 2026-03-01T00:00:00Z.');
}
