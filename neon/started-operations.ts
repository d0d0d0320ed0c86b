import { z } from 'zod';
import { operationSchema } from './operations.js';

/** A reply to a change: Neon answers at once, and lists the work that it began. */
export const operationsReply = z.object({ operations: z.array(operationSchema) });

/** The ids of the operations to wait for; none when there was nothing to do. */
export function startedBy({ operations }: z.infer<typeof operationsReply>): string[] {
  return operations.map(({ id }) => id);
}
