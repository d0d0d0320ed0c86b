import type { FastifyBaseLogger } from 'fastify';
import { type Trouble, troubleOf } from './trouble.js';

/** What is said of an error to a person. What only an operator can end is told them in the log. */
export function reportTrouble(log: FastifyBaseLogger, error: unknown): Trouble | undefined {
  const trouble = troubleOf(error);
  if (trouble?.forOperator !== undefined) log.error({ type: Object(error).name }, trouble.forOperator);
  return trouble;
}
