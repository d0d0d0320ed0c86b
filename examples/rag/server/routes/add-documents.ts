import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { megabytes } from '../../documents/limits.js';
import type { Uploaded } from '../../documents/upload.js';
import { documentId } from '../document-id.js';
import { PageUnavailableError } from '../fetch-page.js';
import { one } from '../form-fields.js';
import { standing } from '../ingest-events.js';
import { markedText } from '../marked-text.js';
import type { Parts } from '../parts.js';
import { mostFiles, readTags, readUpload } from '../uploads.js';
import { sessionOf } from '../visitor.js';
import { type HandedIn, isRefusal, type Workspace } from '../workspace.js';

const mostLinks = 20;

const pasteSchema = z.object({ title: one.pipe(z.string().trim().max(200)), text: one, tags: one });
const linksSchema = z.object({ links: one, tags: one });

/** What became of a thing that was handed in. */
interface Outcome {
  readonly name: string;
  readonly documentId?: string;
  /** Why it was not taken, in a sentence. */
  readonly problem?: string;
  readonly note?: string;
}

export function addDocumentRoutes(
  app: FastifyInstance,
  { workspace, limits, uploads, fetchPage }: Parts,
): void {
  const workspaceOf = (request: FastifyRequest) => workspace(sessionOf(request).workspaceId);
  const mayAdd = async (request: FastifyRequest, reply: FastifyReply) => {
    await limits.add(request);
    uploads.count(sessionOf(request).workspaceId, reply);
  };

  app.get('/documents/new', async (request, reply) => {
    return addPage(reply, workspaceOf(request), { outcomes: [] });
  });

  app.post('/documents', { config: { readsParts: true } }, async (request, reply) => {
    const workspace = workspaceOf(request);
    await mayAdd(request, reply);
    const { fields, files } = await readUpload(request);
    const tags = readTags(fields.tags);
    const outcomes: Outcome[] = [];
    for await (const { name, mediaType, content } of files) {
      outcomes.push(
        outcomes.length < mostFiles.taken
          ? await added(workspace, name, { origin: name, mediaType, content, tags })
          : { name, problem: `It was not taken: ${mostFiles.taken} files at a time are the most.` },
      );
    }
    return answer(reply, workspace, outcomes, 'Choose a file first.');
  });

  app.post('/documents/paste', async (request, reply) => {
    const workspace = workspaceOf(request);
    await limits.add(request);
    const { title, text, tags } = pasteSchema.parse(request.body);
    if (text.trim() === '') return answer(reply, workspace, [], 'Paste some text first.');
    const content = Buffer.from(text);
    const given = { title: title || undefined, mediaType: 'text/markdown', content, tags: readTags(tags) };
    return answer(reply, workspace, [await added(workspace, title || 'The text', given)], '');
  });

  app.post('/documents/links', async (request, reply) => {
    const workspace = workspaceOf(request);
    await mayAdd(request, reply);
    const { links, tags } = linksSchema.parse(request.body);
    const addresses = [...new Set(links.split(/\s+/).filter((link) => link !== ''))];
    const outcomes: Outcome[] = [];
    for (const address of addresses.slice(0, mostLinks)) {
      outcomes.push(await addedFrom(address, workspace, readTags(tags)));
    }
    for (const name of addresses.slice(mostLinks)) {
      outcomes.push({ name, problem: `It was not fetched: ${mostLinks} links at a time are the most.` });
    }
    return answer(reply, workspace, outcomes, 'Paste a link first.');
  });

  app.post('/documents/:id/replace', { config: { readsParts: true } }, async (request, reply) => {
    const id = documentId(request);
    const workspace = workspaceOf(request);
    await mayAdd(request, reply);
    const { files } = await readUpload(request);
    for await (const { name, mediaType, content } of files) {
      const { problem } = await outcomeOf(name, () =>
        workspace.replace(id, { mediaType, content, origin: name }),
      );
      if (problem !== undefined) return answerRefused(workspace, reply, id, problem);
    }
    return reply.redirect(`/documents/${id}`, 303);
  });

  async function addedFrom(address: string, workspace: Workspace, tags: string[]): Promise<Outcome> {
    try {
      const { url, mediaType, content } = await fetchPage(address);
      return await added(workspace, url, { origin: url, mediaType, content, tags });
    } catch (error) {
      if (error instanceof PageUnavailableError) return { name: address, problem: error.message };
      throw error;
    }
  }
}

const notes = {
  added: undefined,
  replaced: 'It is a new version of a document that was here.',
  unchanged: 'The workspace has exactly this document already.',
} as const;

function added(workspace: Workspace, name: string, given: HandedIn): Promise<Outcome> {
  return outcomeOf(name, () => workspace.add(given));
}

async function outcomeOf(name: string, work: () => Promise<Uploaded>): Promise<Outcome> {
  try {
    const { documentId, outcome } = await work();
    const note = notes[outcome];
    return { name, documentId, ...(note && { note }) };
  } catch (error) {
    if (isRefusal(error)) return { name, problem: error.message };
    throw error;
  }
}

/** Where all were taken, on to the list; where not, the form again, with what became of each. */
function answer(reply: FastifyReply, workspace: Workspace, outcomes: readonly Outcome[], ifNone: string) {
  const plain = outcomes.every(({ problem, note }) => problem === undefined && note === undefined);
  if (outcomes.length > 0 && plain) return reply.redirect('/documents', 303);
  const refused = outcomes.length === 0 || outcomes.some(({ problem }) => problem !== undefined);
  return addPage(reply.code(refused ? 422 : 200), workspace, {
    outcomes,
    problem: outcomes.length === 0 ? ifNone : undefined,
  });
}

async function addPage(
  reply: FastifyReply,
  workspace: Workspace,
  said: { readonly outcomes: readonly Outcome[]; readonly problem?: string | undefined },
) {
  const { bytes } = await workspace.limits();
  return reply.page('add', 'Add documents', { ...said, files: mostFiles.taken, size: megabytes(bytes) });
}

async function answerRefused(workspace: Workspace, reply: FastifyReply, id: string, problem: string) {
  const document = await workspace.document(id);
  return reply.code(422).page('document', document.title, {
    document,
    problem,
    runs: document.text && markedText(document.text, document.headings),
    ...(await standing(workspace, document)),
  });
}
