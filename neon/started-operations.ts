import { z } from 'zod';
import { operationSchema } from './operations.js';

/** The reply to a change: Neon answers at once, and lists the operations that it started. */
export const operationsReply = z.object({ operations: z.array(operationSchema) });

/** The ids of the operations to wait for; none if there was nothing to do. */
export function startedBy({ operations }: z.infer<typeof operationsReply>): string[] {
  return operations.map(({ id }) => id);
}
