import type { FastifyInstance, FastifyRequest } from 'fastify';
import { attentionTo, type Rollout, type Tenant, tenantFilterSchema } from 'tenantry/client';
import { z } from 'zod';
import { signedCookie } from '../cookies.js';
import { one } from '../form-fields.js';
import { operatorHours } from '../operator.js';
import type { Parts } from '../parts.js';
import { estimatedCost, prices } from '../prices.js';
import type { ReadProjectUse } from '../project-use.js';

const pageSize = 25;

const querySchema = z.object({ after: z.string().optional(), state: z.string().optional() });

/** The state of every workspace. Nothing is done from here: each action is shown as the command that does it. */
export function operatorRoutes(app: FastifyInstance, parts: Parts): void {
  const { operator, accounts, tenantry, limits, readProjectUse, modelChanges, origin } = parts;
  if (operator === undefined) return;
  const cookie = signedCookie('operator', { secure: origin?.startsWith('https:') ?? false });
  const isIn = (request: FastifyRequest) => operator.knows(cookie.read(request));

  app.get('/operator/sign-in', async (_request, reply) => reply.page('operator-sign-in', 'Operator', {}));

  app.post('/operator/sign-in', async (request, reply) => {
    await limits.operator(request);
    const { password } = z.object({ password: one }).parse(request.body);
    if (!operator.admits(password)) {
      return reply.code(422).page('operator-sign-in', 'Operator', { problem: 'The password is wrong.' });
    }
    cookie.write(reply, operator.pass(), operatorHours * 3_600);
    return reply.redirect('/operator', 303);
  });

  app.post('/operator/sign-out', async (_request, reply) => {
    cookie.clear(reply);
    return reply.redirect('/operator/sign-in', 303);
  });

  app.get('/operator', async (request, reply) => {
    if (!isIn(request)) return reply.redirect('/operator/sign-in', 303);
    const { after, state } = querySchema.parse(request.query);
    const where = tenantFilterSchema.safeParse(state ? { state } : {});
    const filter = where.success ? where.data : {};
    const [page, total, attention, changes] = await Promise.all([
      tenantry.list({ where: filter, sort: '-createdAt', limit: pageSize, after: after || undefined }),
      tenantry.count({ where: filter }),
      tenantry.attention(),
      modelChanges(),
    ]);
    const workspaces = await accounts.workspaces.among(page.tenants.map(({ id }) => id));
    const uses = await Promise.all(page.tenants.map((tenant) => useOf(tenant, readProjectUse)));
    const rows = page.tenants.map((tenant, at) => {
      const use = uses[at];
      return {
        tenant,
        workspace: workspaces.get(tenant.id),
        attention: attentionTo(tenant),
        use,
        cost: use && estimatedCost(use),
        commands: commandsFor(tenant),
      };
    });
    return reply.page('operator', 'Operator', {
      rows,
      total,
      next: page.next,
      state: state ?? '',
      attention,
      changes: changes.map((change) => ({ ...change, commands: rolloutCommands(change.rollout) })),
      prices,
    });
  });
}

function useOf({ projectId }: Tenant, read: ReadProjectUse | undefined) {
  return projectId === undefined ? undefined : read?.(projectId);
}

/** What an operator may want to do next, as they would type it. */
function commandsFor({ id, state, plan }: Tenant): string[] {
  const quoted = `'${id.replaceAll("'", `'\\''`)}'`;
  const name = /^[\w.-]+$/.test(id) && !id.startsWith('-') ? id : quoted;
  const show = `tenantry show ${name}`;
  switch (state) {
    case 'ready':
      return [
        show,
        `tenantry plan ${name} ${plan === 'free' ? 'team' : 'free'}`,
        `tenantry suspend ${name}`,
        `tenantry move ${name}`,
      ];
    case 'suspended':
      return [show, `tenantry resume ${name}`, `tenantry offboard ${name}`];
    case 'failed':
      return [show, `tenantry onboard ${name} --plan ${plan} --wait`, `tenantry erase ${name}`];
    case 'offboarded':
      return [show, `tenantry erase ${name}`];
    default:
      return [show, `tenantry wait ${name}`];
  }
}

/** What may be done about a rollout that has not ended. */
function rolloutCommands({ id, state }: Rollout): string[] {
  const command = (verb: string) => `tenantry fleet ${verb} ${id}`;
  const looks = ['status', 'report'];
  const acts = {
    running: ['pause', 'abort'],
    paused: ['continue', 'abort'],
    stopped: ['retry', 'abort'],
    asleep: ['abort'],
    aborting: [],
    done: [],
    aborted: [],
  } as const satisfies Record<Rollout['state'], readonly string[]>;
  return [...looks, ...acts[state]].map(command);
}
