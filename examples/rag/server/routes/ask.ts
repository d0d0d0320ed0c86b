import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { FoundPassage } from '../../search/result.js';
import type { SearchFilter } from '../../search/searchable.js';
import type { Parts } from '../app.js';
import type { AnswerEvent, SearchNote } from '../ask-workspace.js';
import { citing } from '../citations.js';
import { type ServerEvent, sendEvents } from '../event-stream.js';
import { one, several } from '../form-fields.js';
import { troubleOf } from '../trouble.js';
import { fragment } from '../views.js';
import { sessionOf } from '../visitor.js';
import { tagsOf, type Workspace } from '../workspace.js';

const longestQuestion = 1_000;

const questionSchema = z.object({
  question: one.pipe(z.string().trim().min(1).max(longestQuestion)),
  tag: several,
  document: several.pipe(z.array(z.uuid())),
});

/** What is shown of an answer, as far as it has come. */
interface Answer {
  readonly passages: readonly FoundPassage[];
  readonly how: SearchNote | undefined;
  readonly found: boolean;
  readonly text: string;
  readonly by: string | undefined;
}

const nothingYet: Answer = { passages: [], how: undefined, found: true, text: '', by: undefined };

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
    if (request.headers.accept === 'text/event-stream') return sendEvents(reply, pieces(events));

    let answer = nothingYet;
    for await (const event of events) answer = withEvent(answer, event);
    return reply.page('ask', question, {
      ...(await filtersOf(workspace)),
      question,
      chosen: filter,
      answer: shown(answer),
    });
  });
}

/** The answer in pieces of a page: the passages as soon as they are found, the text as it is written, and the whole at the end. */
async function* pieces(events: AsyncIterable<AnswerEvent>): AsyncGenerator<ServerEvent> {
  let answer = nothingYet;
  try {
    for await (const event of events) {
      answer = withEvent(answer, event);
      if (event.kind === 'text') yield { event: 'text', data: event.text };
      else yield { event: 'answer', data: fragment('answer', { answer: shown(answer) }) };
    }
    yield { event: 'end', data: null };
  } catch (error) {
    // The status was sent with the first piece, so what went wrong is a piece too.
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    yield { event: 'trouble', data: fragment('trouble', { trouble }) };
  }
}

function withEvent(answer: Answer, event: AnswerEvent): Answer {
  switch (event.kind) {
    case 'found':
      return { ...answer, passages: event.passages, how: event.how };
    case 'not-found':
      return { ...answer, found: false, how: event.how };
    case 'text':
      return { ...answer, text: answer.text + event.text };
    case 'answered':
      return { ...answer, text: event.text, by: event.by };
  }
}

function shown(answer: Answer) {
  const cited = new Set(
    citing(answer.text).flatMap((part) => (part.kind === 'citation' ? [part.number] : [])),
  );
  return { ...answer, parts: citing(answer.text), cited };
}

async function filtersOf(workspace: Workspace) {
  const documents = await workspace.documents();
  return { documents, tags: tagsOf(documents) };
}
