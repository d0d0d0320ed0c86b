import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { documentId } from '../document-id.js';
import { sendEvents } from '../event-stream.js';
import { one } from '../form-fields.js';
import { ingestEvents, isInHand } from '../ingest-events.js';
import { markedText } from '../marked-text.js';
import type { Parts } from '../parts.js';
import { readTags } from '../uploads.js';
import { sessionOf } from '../visitor.js';
import { tagsOf } from '../workspace.js';

const listSchema = z.object({ tag: one });

/** Where a citation leads. What cannot be a place marks nothing. */
const placeSchema = z.object({
  version: z.coerce.number().int().min(1).optional().catch(undefined),
  from: z.coerce.number().int().min(0).optional().catch(undefined),
  to: z.coerce.number().int().min(0).optional().catch(undefined),
});

export function documentRoutes(app: FastifyInstance, { workspace }: Parts): void {
  const workspaceOf = (request: FastifyRequest) => workspace(sessionOf(request).workspaceId);

  app.get('/documents', async (request, reply) => {
    const { tag } = listSchema.parse(request.query);
    const workspace = workspaceOf(request);
    const all = await workspace.documents();
    // Here, and not from the script alone: it asks only where a document is in hand, and a deletion shows none. What cannot be asked for now
    // stays due.
    workspace
      .resume()
      .catch((error: unknown) =>
        request.log.warn({ type: Object(error).name }, 'due work was not asked for'),
      );
    const documents = tag === '' ? all : all.filter(({ tags }) => tags.includes(tag));
    return reply.page('documents', 'Documents', {
      documents,
      tags: tagsOf(all),
      chosen: tag,
      inHand: documents.some(isInHand),
    });
  });

  app.get('/documents/progress', async (request, reply) =>
    sendEvents(reply, ingestEvents(workspaceOf(request))),
  );

  app.get('/documents/:id', async (request, reply) => {
    const { version, from, to } = placeSchema.parse(request.query);
    const document = await workspaceOf(request).document(documentId(request), version);
    const { text, shown, title } = document;
    // A place in a version that is kept no more would mark something else.
    const isSame = version === undefined || version === shown;
    return reply.page('document', title, {
      document,
      marked: text && markedText(text, isSame ? from : undefined, to),
      cited: isSame ? undefined : version,
      inHand: isInHand(document),
    });
  });

  app.post('/documents/:id/tags', async (request, reply) => {
    const id = documentId(request);
    const { tags } = z.object({ tags: one }).parse(request.body);
    await workspaceOf(request).retag(id, readTags(tags));
    return reply.redirect(`/documents/${id}`, 303);
  });

  app.post('/documents/:id/delete', async (request, reply) => {
    await workspaceOf(request).delete(documentId(request));
    return reply.redirect('/documents', 303);
  });
}
