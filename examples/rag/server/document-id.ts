import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DocumentNotFoundError } from '../documents/document-errors.js';

const schema = z.object({ id: z.uuid() });

/** The document that a path names. What can be no id is the id of nothing, as a neighbour's is. Throws `DocumentNotFoundError`. */
export function documentId({ params }: FastifyRequest): string {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw new DocumentNotFoundError();
  return parsed.data.id;
}
