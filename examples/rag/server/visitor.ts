import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Session, Sessions } from '../accounts/sessions.js';
import { sessionDays } from '../accounts/sessions.js';
import { randomToken } from '../accounts/tokens.js';
import type { Cookie } from './cookies.js';
import { checkFormToken, checkOrigin, formToken } from './form-guard.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in. Which workspace a request is about is said here, and by nothing in its address or its body. */
    session: Session | undefined;
    /** What the forms of the answer carry. */
    formToken: string;
  }
  interface FastifyContextConfig {
    /** The route reads a multipart body itself, and checks the token that comes before the files. */
    readonly readsParts?: boolean;
  }
}

/** The page asked for is somebody's own, and nobody is signed in. */
export class SignInNeededError extends Error {
  override readonly name = 'SignInNeededError';
}

export interface VisitorOptions {
  readonly sessions: Sessions;
  readonly secret: string;
  readonly origin: string | undefined;
  readonly sessionCookie: Cookie;
  /** Before sign-in, what ties a form to the browser that asked for it. */
  readonly formCookie: Cookie;
}

/** Finds out who asks, and lets no form through that is not from a page of ours. */
export function addVisitor(app: FastifyInstance, options: VisitorOptions): void {
  const { sessions, secret, origin, sessionCookie, formCookie } = options;
  app.decorateRequest('session', undefined);
  app.decorateRequest('formToken', '');

  app.addHook('onRequest', async (request, reply) => {
    if (changesSomething(request)) checkOrigin(request, origin);
    const token = sessionCookie.read(request);
    request.session = token === undefined ? undefined : await sessions.find(token);
    request.formToken = formToken(
      secret,
      request.session?.csrfSecret ?? browserSeed(request, reply, formCookie),
    );
  });

  app.addHook('preHandler', async (request) => {
    if (changesSomething(request) && !request.routeOptions.config.readsParts) {
      checkFormToken(request.formToken, tokenIn(request));
    }
  });
}

export function sessionOf(request: FastifyRequest): Session {
  if (request.session === undefined) throw new SignInNeededError('nobody is signed in');
  return request.session;
}

/** A new session in place of the one that the browser had, if any. */
export async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions, sessionCookie }: Pick<VisitorOptions, 'sessions' | 'sessionCookie'>,
  member: { readonly personId: string; readonly workspaceId: string },
): Promise<void> {
  const before = sessionCookie.read(request);
  if (before !== undefined) await sessions.end(before);
  sessionCookie.write(reply, await sessions.start(member.personId, member.workspaceId), sessionDays * 86_400);
}

function changesSomething({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function browserSeed(request: FastifyRequest, reply: FastifyReply, formCookie: Cookie): string {
  const known = formCookie.read(request);
  if (known !== undefined) return known;
  const seed = randomToken();
  formCookie.write(reply, seed);
  return seed;
}

function tokenIn({ body }: FastifyRequest): unknown {
  return typeof body === 'object' && body !== null && 'form' in body ? body.form : undefined;
}
