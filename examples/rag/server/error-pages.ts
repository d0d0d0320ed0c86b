import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { DocumentNotFoundError } from '../documents/document-errors.js';
import { PageUnavailableError } from './fetch-page.js';
import { TooManyRequestsError } from './limits.js';
import { reportTrouble } from './report-trouble.js';
import { isBeforeFirstOpening, type Trouble } from './trouble.js';
import { SignInNeededError } from './visitor.js';
import { isRefusal } from './workspace.js';

export function addErrorPages(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
}

/** For an address that leads nowhere. */
export async function answerNoSuchPage(request: FastifyRequest, reply: FastifyReply) {
  return answer(request, reply, 404, { title: 'There is no such page', message: '', passes: false });
}

async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof SignInNeededError) return reply.redirect('/sign-in', 303);
  if (isBeforeFirstOpening(error) && request.method === 'GET') return reply.redirect('/setting-up', 303);
  if (error instanceof TooManyRequestsError) reply.header('retry-after', error.retryAfterSeconds);

  const trouble = reportTrouble(request.log, error);
  if (trouble !== undefined) return answer(request, reply, 503, trouble);

  const status = statusOf(error);
  if (status < 500)
    return answer(request, reply, status, {
      title: titleOf(status),
      message: messageOf(error),
      passes: false,
    });
  request.log.error(error);
  return answer(request, reply, 500, {
    title: 'Something went wrong',
    message: 'It was noted, and nothing was lost. Try again in a moment.',
    passes: true,
  });
}

function answer(request: FastifyRequest, reply: FastifyReply, status: number, trouble: Trouble) {
  reply.code(status);
  // A script puts the sentence where its answer would be.
  if (!wantsPage(request))
    return reply.type('application/json').send({ title: trouble.title, message: trouble.message });
  return reply.page('error', trouble.title, { trouble });
}

function wantsPage({ headers, method }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') ?? method === 'GET';
}

const titles: Readonly<Record<number, string>> = {
  403: 'That was not accepted',
  404: 'There is no such page',
  413: 'That is too large',
  429: 'One moment',
};

function titleOf(status: number): string {
  return titles[status] ?? 'That does not work';
}

function statusOf(error: unknown): number {
  if (error instanceof ZodError) return 400;
  if (error instanceof DocumentNotFoundError) return 404;
  if (isRefusal(error) || error instanceof PageUnavailableError) return 422;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 ? status : 500;
}

function messageOf(error: unknown): string {
  if (error instanceof ZodError) return 'A field is missing, or holds what it cannot hold.';
  return error instanceof Error ? error.message : '';
}
