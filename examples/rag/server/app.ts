import path from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyFormbody from '@fastify/formbody';
import fastifyHelmet from '@fastify/helmet';
import fastifyMultipart from '@fastify/multipart';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { AtOnce } from './at-once.js';
import { signedCookie } from './cookies.js';
import { addErrorPages, answerNoSuchPage } from './error-pages.js';
import { addEvents } from './event-stream.js';
import { readFields } from './form-fields.js';
import { makeLimits } from './limits.js';
import type { AppOptions, Parts } from './parts.js';
import { accountRoutes } from './routes/account.js';
import { addDocumentRoutes } from './routes/add-documents.js';
import { askRoutes } from './routes/ask.js';
import { documentRoutes } from './routes/documents.js';
import { operatorRoutes } from './routes/operator.js';
import { settingUpRoutes } from './routes/setting-up.js';
import { usageRoutes } from './routes/usage.js';
import { cutAt, mostFiles } from './uploads.js';
import { addViews } from './views.js';
import { addVisitor } from './visitor.js';

export const brand = 'Folio';

/** Of one workspace, in one process. */
const mostAtOnce = { streams: 20, uploads: 5 } as const;

/** The whole application over its parts, for a server and for tests alike. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { accounts, secret, origin, proxies = 0, logger = false } = options;
  const app = Fastify({
    logger: loggerOf(logger),
    trustProxy: (_address, hop) => hop < proxies,
    routerOptions: { querystringParser: readFields },
  });

  const cookieOptions = { secure: origin?.startsWith('https:') ?? false };
  const sessionCookie = signedCookie('session', cookieOptions);

  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    hsts: cookieOptions.secure,
    // A link in a document leads elsewhere, and is told nothing of where it stood.
    referrerPolicy: { policy: 'same-origin' },
  });
  await app.register(fastifyStatic, {
    root: path.join(import.meta.dirname, '..', 'public'),
    prefix: '/assets/',
  });
  await app.register(fastifyCookie, { secret });
  await app.register(fastifyFormbody, { bodyLimit: 2_000_000, parser: readFields });
  await app.register(fastifyMultipart, {
    limits: {
      fileSize: cutAt,
      files: mostFiles.sent,
      fields: 20,
      fieldSize: 10_000,
      parts: mostFiles.sent + 20,
    },
    throwFileSizeLimit: false,
  });
  await app.register(fastifyRateLimit, { global: false });

  addViews(app, brand);
  addErrorPages(app);
  addEvents(app);

  const parts: Parts = {
    ...options,
    limits: makeLimits(app),
    streams: new AtOnce(mostAtOnce.streams),
    uploads: new AtOnce(mostAtOnce.uploads),
    sessionCookie,
  };
  await app.register(async (pages) => {
    // What one person was shown is kept by no cache, their own browser's included.
    pages.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    addVisitor(pages, {
      sessions: accounts.sessions,
      secret,
      origin,
      sessionCookie,
      formCookie: signedCookie('browser', cookieOptions),
    });
    pages.setNotFoundHandler(answerNoSuchPage);
    for (const routes of [
      accountRoutes,
      settingUpRoutes,
      askRoutes,
      documentRoutes,
      addDocumentRoutes,
      usageRoutes,
      operatorRoutes,
    ]) {
      routes(pages, parts);
    }
  });
  return app;
}

/** A query may hold a tag, or a place in a document: the log has none of that. */
function loggerOf(logger: NonNullable<AppOptions['logger']>) {
  if (logger === false) return false;
  const req = ({ method, url, ip }: FastifyRequest) => ({ method, path: url.split('?')[0], ip });
  // What else Postgres says of an error may quote a row.
  const err = ({ name, message, stack, code }: Error & { code?: unknown }) => ({
    type: name,
    message,
    stack: stack ?? '',
    code,
  });
  return { serializers: { req, err }, ...(logger === true ? {} : logger) };
}
