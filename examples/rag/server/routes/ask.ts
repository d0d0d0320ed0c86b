import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AnswerPart } from '../../answers/parts.js';
import type { SearchFilter } from '../../search/searchable.js';
import type { AnswerEvent, Found } from '../ask-workspace.js';
import { type ServerEvent, sendEvents } from '../event-stream.js';
import { one, several } from '../form-fields.js';
import type { Parts } from '../parts.js';
import { reportTrouble } from '../report-trouble.js';
import { fragment } from '../views.js';
import { sessionOf } from '../visitor.js';
import type { Workspace } from '../workspace.js';

const longestQuestion = 1_000;

const questionSchema = z.object({
  question: one.pipe(z.string().trim().min(1).max(longestQuestion)),
  tag: several,
  document: several.pipe(z.array(z.uuid())),
});

export function askRoutes(app: FastifyInstance, { workspace: workspaceOf, limits }: Parts): void {
  app.get('/', async (request, reply) => {
    if (request.session === undefined) return reply.page('welcome', 'Answers from your own documents');
    const workspace = workspaceOf(request.session.workspaceId);
    return reply.page('ask', 'Ask', { ...(await filtersOf(workspace)), question: '', chosen: {} });
  });

  app.post('/ask', async (request, reply) => {
    const { workspaceId } = sessionOf(request);
    await limits.ask(request);
    const { question, tag, document } = questionSchema.parse(request.body);
    const filter: SearchFilter = {
      ...(tag.length > 0 && { tags: tag }),
      ...(document.length > 0 && { documentIds: document }),
    };
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const workspace = workspaceOf(workspaceId);
    const events = workspace.ask(question, filter, left.signal);
    if (request.headers.accept === 'text/event-stream') return sendEvents(reply, pieces(events, request.log));
    return reply.page('ask', question, {
      ...(await filtersOf(workspace)),
      question,
      chosen: filter,
      answer: await whole(events),
    });
  });
}

/** The answer in pieces of a page, each as it comes. */
async function* pieces(
  events: AsyncIterable<AnswerEvent>,
  log: FastifyBaseLogger,
): AsyncGenerator<ServerEvent> {
  try {
    for await (const event of events) {
      if (event.kind === 'part') yield { event: 'part', data: fragment('answer-part', { part: event.part }) };
      else yield { event: 'found', data: fragment('answer', { answer: { found: event.found, parts: [] } }) };
    }
    yield { event: 'end', data: null };
  } catch (error) {
    // The status was sent with the first piece, so what went wrong is a piece too.
    const trouble = reportTrouble(log, error);
    if (trouble === undefined) throw error;
    yield { event: 'trouble', data: fragment('trouble', { trouble }) };
  }
}

async function whole(events: AsyncIterable<AnswerEvent>) {
  let found: Found | undefined;
  const parts: AnswerPart[] = [];
  for await (const event of events) {
    if (event.kind === 'part') parts.push(event.part);
    else found = event.found;
  }
  return { found, parts };
}

/** So many documents can be ticked; among more, tags choose. */
const mostChoices = 200;

async function filtersOf(workspace: Workspace) {
  const [{ documents, tags }, choices] = await Promise.all([
    workspace.summary(),
    workspace.searchable(mostChoices),
  ]);
  return { documents, tags, choices, mostChoices };
}
