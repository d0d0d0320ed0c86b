import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import fleet from '../../tenantry.config.js';
import { isOutage } from '../outage.js';
import type { Parts } from '../parts.js';
import { startOnboarding } from '../setting-up.js';
import { sessionOf, signIn } from '../visitor.js';

const email = z
  .string()
  .trim()
  .max(254, 'This address is too long.')
  .pipe(z.email('This is not an e-mail address.'));

const signUpSchema = z.object({
  workspace: z.string().trim().min(1, 'Give the workspace a name.').max(60, 'Use at most 60 characters.'),
  email,
  password: z.string().min(10, 'Use at least 10 characters.').max(200, 'Use at most 200 characters.'),
});

const signInSchema = z.object({ email: z.string().trim().max(254), password: z.string().max(200) });

export function accountRoutes(app: FastifyInstance, parts: Parts): void {
  const { accounts, tenantry, limits, sessionCookie } = parts;
  const entry = { sessions: accounts.sessions, sessionCookie };

  app.get('/sign-up', async (_request, reply) =>
    reply.page('sign-up', 'Create a workspace', { given: {}, problems: {} }),
  );

  app.post('/sign-up', async (request, reply) => {
    await limits.signUp(request);
    const given = signUpSchema.safeParse(request.body);
    if (!given.success)
      return reply.code(422).page('sign-up', 'Create a workspace', refused(request.body, given.error));
    const { workspace: workspaceName, ...person } = given.data;
    const member = await accounts.people.signUp({
      ...person,
      workspaceName,
      plan: fleet.defaultPlan ?? 'free',
    });
    if (member === undefined) {
      const problems = { email: 'This address has an account. Sign in with it, or use another one.' };
      return reply
        .code(422)
        .page('sign-up', 'Create a workspace', { given: visible(request.body), problems });
    }
    await signIn(request, reply, entry, member);
    const workspace = await accounts.workspaces.find(member.workspaceId);
    // The account stands; the page that comes next asks again for what could not be asked for now.
    if (workspace !== undefined) await startOnboarding(tenantry, workspace).catch(ifItIsAnOutage);
    return reply.redirect('/setting-up', 303);
  });

  app.get('/sign-in', async (request, reply) => {
    if (request.session !== undefined) return reply.redirect('/', 303);
    return reply.page('sign-in', 'Sign in', { given: {} });
  });

  app.post('/sign-in', async (request, reply) => {
    await limits.signIn(request);
    const given = signInSchema.safeParse(request.body);
    const member = given.success && (await accounts.people.signIn(given.data.email, given.data.password));
    if (!member) {
      const problem = 'The address or the password is wrong.';
      return reply.code(422).page('sign-in', 'Sign in', { given: visible(request.body), problem });
    }
    await signIn(request, reply, entry, member);
    return reply.redirect('/', 303);
  });

  app.post('/sign-out', async (request, reply) => {
    sessionOf(request);
    const token = sessionCookie.read(request);
    if (token !== undefined) await accounts.sessions.end(token);
    sessionCookie.clear(reply);
    return reply.redirect('/sign-in', 303);
  });
}

function ifItIsAnOutage(error: unknown): void {
  if (!isOutage(error)) throw error;
}

function refused(body: unknown, error: z.ZodError) {
  const problems = Object.fromEntries(error.issues.map(({ path, message }) => [path.join('.'), message]));
  return { given: visible(body), problems };
}

/** What a form shows again: all but the password. */
function visible(body: unknown): Record<string, string> {
  const fields = z.record(z.string(), z.unknown()).catch({}).parse(body);
  return Object.fromEntries(
    ['workspace', 'email'].flatMap((name) =>
      typeof fields[name] === 'string' ? [[name, fields[name]]] : [],
    ),
  );
}
