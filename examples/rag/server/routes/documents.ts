import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../app.js';
import { NotHereError } from '../error-pages.js';
import { sendEvents } from '../event-stream.js';
import { PageUnavailableError } from '../fetch-page.js';
import { one, several } from '../form-fields.js';
import { ingestEvents } from '../ingest-events.js';
import { markedText } from '../marked-text.js';
import { readTags, readUpload } from '../uploads.js';
import { sessionOf } from '../visitor.js';
import { RefusedUploadError, type Upload, type Workspace } from '../workspace.js';

const mostLinks = 20;

const placeSchema = z.object({
  version: z.coerce.number().int().min(1).optional().catch(undefined),
  from: z.coerce.number().int().min(0).optional().catch(undefined),
  to: z.coerce.number().int().min(0).optional().catch(undefined),
});
const pasteSchema = z.object({ title: one.pipe(z.string().trim().max(200)), text: one, tags: one });
const linksSchema = z.object({ links: one, tags: one });
const listSchema = z.object({ tag: several });
/** An id that cannot be one is the address of nothing, as is a neighbour's. */
const idSchema = z.object({ id: z.uuid() });

/** What became of each thing that was handed in, in the order of the form. */
interface Outcome {
  readonly name: string;
  readonly id?: string;
  /** Why it was not taken, in a sentence. */
  readonly problem?: string;
  readonly note?: string;
}

export function documentRoutes(app: FastifyInstance, parts: Parts): void {
  const { openWorkspace, limits, fetchPage } = parts;
  const workspaceOf = (request: FastifyRequest) => openWorkspace(sessionOf(request).workspaceId);

  app.get('/documents', async (request, reply) => {
    const { tag } = listSchema.parse(request.query);
    const workspace = await workspaceOf(request);
    const [documents, tags] = await Promise.all([
      workspace.documents(tag.length > 0 ? { tags: tag } : {}),
      workspace.tags(),
    ]);
    return reply.page('documents', 'Documents', { documents, tags, chosen: tag });
  });

  app.get('/documents/progress', async (request, reply) => {
    const workspace = await workspaceOf(request);
    return sendEvents(reply, ingestEvents(workspace));
  });

  app.get('/documents/new', async (request, reply) => {
    const tags = await (await workspaceOf(request)).tags();
    return reply.page('add', 'Add documents', { outcomes: [], tags });
  });

  app.post('/documents', { config: { readsParts: true } }, async (request, reply) => {
    sessionOf(request);
    await limits.add(request);
    const { fields, files } = await readUpload(request);
    const workspace = await workspaceOf(request);
    const tags = readTags(fields.tags);
    const outcomes: Outcome[] = [];
    for await (const { name, mediaType, content } of files) {
      outcomes.push(await added(workspace, name, { origin: name, mediaType, content, tags }));
    }
    return answerAdded(workspace, reply, outcomes, 'Choose a file first.');
  });

  app.post('/documents/paste', async (request, reply) => {
    sessionOf(request);
    await limits.add(request);
    const { title, text, tags } = pasteSchema.parse(request.body);
    const workspace = await workspaceOf(request);
    if (text.trim() === '') return answerAdded(workspace, reply, [], 'Paste some text first.');
    const upload: Upload = {
      ...(title && { title }),
      mediaType: 'text/markdown',
      content: Buffer.from(text),
      tags: readTags(tags),
    };
    return answerAdded(workspace, reply, [await added(workspace, title || 'The text', upload)], '');
  });

  app.post('/documents/links', async (request, reply) => {
    sessionOf(request);
    await limits.add(request);
    const { links, tags: tagText } = linksSchema.parse(request.body);
    const addresses = [...new Set(links.split(/\s+/).filter((link) => link !== ''))];
    const workspace = await workspaceOf(request);
    const tags = readTags(tagText);
    const outcomes: Outcome[] = addresses
      .slice(mostLinks)
      .map((name) => ({ name, problem: `At most ${mostLinks} links are fetched at a time.` }));
    for (const address of addresses.slice(0, mostLinks)) {
      outcomes.push(await addedFromLink(workspace, address, tags));
    }
    return answerAdded(workspace, reply, outcomes, 'Paste a link first.');
  });

  async function addedFromLink(
    workspace: Workspace,
    address: string,
    tags: readonly string[],
  ): Promise<Outcome> {
    try {
      const { url, mediaType, content } = await fetchPage(address);
      return await added(workspace, url, { origin: url, ...(mediaType && { mediaType }), content, tags });
    } catch (error) {
      if (error instanceof PageUnavailableError) return { name: address, problem: error.message };
      throw error;
    }
  }

  app.get('/documents/:id', async (request, reply) => {
    const { version, from, to } = placeSchema.parse(request.query);
    const document = await (await workspaceOf(request)).document(idOf(request), version);
    if (document === undefined) throw new NotHereError('There is no such document in this workspace.');
    const { text } = document;
    return reply.page('document', document.title, {
      document,
      marked: text === undefined ? undefined : markedText(text, from, to),
    });
  });

  app.post('/documents/:id/replace', { config: { readsParts: true } }, async (request, reply) => {
    const id = idOf(request);
    await limits.add(request);
    const { files } = await readUpload(request);
    const workspace = await workspaceOf(request);
    for await (const { name, mediaType, content } of files) {
      const outcome = await replaced(workspace, id, { origin: name, mediaType, content, tags: [] });
      if (outcome.problem === undefined) break;
      const document = await workspace.document(id);
      if (document === undefined) throw new NotHereError('There is no such document in this workspace.');
      return reply.code(422).page('document', document.title, {
        document,
        marked: document.text === undefined ? undefined : markedText(document.text, undefined, undefined),
        problem: outcome.problem,
      });
    }
    return reply.redirect(`/documents/${id}`, 303);
  });

  app.post('/documents/:id/tags', async (request, reply) => {
    const id = idOf(request);
    const { tags } = z.object({ tags: one }).parse(request.body);
    const found = await (await workspaceOf(request)).retag(id, readTags(tags));
    if (!found) throw new NotHereError('There is no such document in this workspace.');
    return reply.redirect(`/documents/${id}`, 303);
  });

  app.post('/documents/:id/delete', async (request, reply) => {
    const found = await (await workspaceOf(request)).delete(idOf(request));
    if (!found) throw new NotHereError('There is no such document in this workspace.');
    return reply.redirect('/documents', 303);
  });
}

function idOf({ params }: FastifyRequest): string {
  const parsed = idSchema.safeParse(params);
  if (!parsed.success) throw new NotHereError('There is no such document in this workspace.');
  return parsed.data.id;
}

const notes = {
  new: undefined,
  newer: 'It is a new version of a document that was here.',
  same: 'The workspace has exactly this document already.',
} as const;

async function added(workspace: Workspace, name: string, upload: Upload): Promise<Outcome> {
  return refusalAsOutcome(name, async () => {
    const { id, was } = await workspace.add(upload);
    const note = notes[was];
    return { name, id, ...(note && { note }) };
  });
}

async function replaced(workspace: Workspace, id: string, upload: Upload): Promise<Outcome> {
  return refusalAsOutcome(upload.origin ?? '', async () => {
    const result = await workspace.replace(id, upload);
    if (result === undefined) throw new NotHereError('There is no such document in this workspace.');
    return { name: result.title, id };
  });
}

async function refusalAsOutcome(name: string, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefusedUploadError) return { name, problem: error.message };
    throw error;
  }
}

/** Where all went well, on to the list; where not, the form again, with what became of each. */
async function answerAdded(
  workspace: Workspace,
  reply: FastifyReply,
  outcomes: readonly Outcome[],
  ifNone: string,
) {
  const unproblematic = outcomes.every(({ problem, note }) => problem === undefined && note === undefined);
  if (outcomes.length > 0 && unproblematic) return reply.redirect('/documents', 303);
  const problem = outcomes.length === 0 ? ifNone : undefined;
  const status =
    problem !== undefined || outcomes.some((outcome) => outcome.problem !== undefined) ? 422 : 200;
  return reply.code(status).page('add', 'Add documents', { outcomes, problem, tags: await workspace.tags() });
}
