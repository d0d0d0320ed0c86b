import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { documentId } from '../document-id.js';
import { sendEvents } from '../event-stream.js';
import { one } from '../form-fields.js';
import { ingestEvents, isInHand, standing } from '../ingest-events.js';
import { markedText } from '../marked-text.js';
import type { Parts } from '../parts.js';
import { reportTrouble } from '../report-trouble.js';
import { readTags } from '../uploads.js';
import { sessionOf } from '../visitor.js';
import { documentsOnPage } from '../workspace.js';

const listSchema = z.object({
  tag: one.transform((tag) => tag || undefined),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});

/** Where a citation leads. What cannot be a place marks nothing. */
const placeSchema = z.object({
  version: z.coerce.number().int().min(1).optional().catch(undefined),
  from: z.coerce.number().int().min(0).optional().catch(undefined),
  to: z.coerce.number().int().min(0).optional().catch(undefined),
});

export function documentRoutes(app: FastifyInstance, { workspace, streams }: Parts): void {
  const workspaceOf = (request: FastifyRequest) => workspace(sessionOf(request).workspaceId);

  app.get('/documents', async (request, reply) => {
    const { tag, page } = listSchema.parse(request.query);
    const workspace = workspaceOf(request);
    const [documents, summary] = await Promise.all([
      workspace.documents({ tag, page }),
      workspace.summary(tag),
    ]);
    if (documents.length === 0 && page > 1)
      return reply.redirect(`/documents?tag=${encodeURIComponent(tag ?? '')}`, 303);
    // Here, and not from the script alone: it asks only where a document is in hand, and a deletion shows none. What cannot be asked for now
    // stays due.
    workspace
      .resume()
      .catch((error: unknown) =>
        request.log.warn({ type: Object(error).name }, 'due work was not asked for'),
      );
    const inHand = documents.filter(isInHand).map(({ id }) => id);
    return reply.page('documents', 'Documents', {
      ...summary,
      documents,
      chosen: tag ?? '',
      page,
      pages: Math.ceil(summary.matching / documentsOnPage),
      waits: await workspace.waits(inHand),
      inHand: inHand.length > 0,
    });
  });

  app.get('/documents/progress', async (request, reply) => {
    const { tag, page } = listSchema.parse(request.query);
    const workspace = workspaceOf(request);
    streams.count(sessionOf(request).workspaceId, reply);
    return sendEvents(
      reply,
      ingestEvents({
        ...workspace,
        documents: () => workspace.documents({ tag, page }),
        troubleOf: (error) => reportTrouble(request.log, error),
      }),
    );
  });

  app.get('/documents/:id/progress', async (request, reply) => {
    const id = documentId(request);
    const workspace = workspaceOf(request);
    streams.count(sessionOf(request).workspaceId, reply);
    return sendEvents(
      reply,
      ingestEvents({
        ...workspace,
        documents: () => workspace.entry(id),
        troubleOf: (error) => reportTrouble(request.log, error),
      }),
    );
  });

  app.get('/documents/:id', async (request, reply) => {
    const { version, from, to } = placeSchema.parse(request.query);
    const workspace = workspaceOf(request);
    const document = await workspace.document(documentId(request), version);
    const { text, headings, shown, title } = document;
    // A place in a version that is kept no more would mark something else.
    const isSame = version === undefined || version === shown;
    return reply.page('document', title, {
      document,
      runs: text && markedText(text, headings, isSame ? { from, to } : {}),
      cited: isSame ? undefined : version,
      ...(await standing(workspace, document)),
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
