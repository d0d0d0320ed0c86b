import type { FastifyInstance } from 'fastify';
import type { Session } from '../../accounts/sessions.js';
import type { WorkspaceRow } from '../../accounts/workspaces.js';
import { type ServerEvent, sendEvents } from '../event-stream.js';
import type { Parts } from '../parts.js';
import { followSettingUp, settingUp, startOnboarding, stepLines, wordsOfWait } from '../setting-up.js';
import { fragment } from '../views.js';
import { SignInNeededError, sessionOf } from '../visitor.js';

export function settingUpRoutes(app: FastifyInstance, { accounts, tenantry, streams }: Parts): void {
  const workspaceOf = async ({ workspaceId }: Session): Promise<WorkspaceRow> => {
    const workspace = await accounts.workspaces.find(workspaceId);
    if (workspace === undefined) throw new SignInNeededError('the workspace is gone');
    return workspace;
  };

  app.get('/setting-up', async (request, reply) => {
    const progress = await settingUp(tenantry, await workspaceOf(sessionOf(request)));
    if (progress.kind === 'open') return reply.redirect('/', 303);
    if (progress.kind === 'failed')
      return reply.page('setting-up-failed', 'Your workspace could not be set up', progress);
    return reply.page('setting-up', 'Setting up your workspace', {
      steps: stepLines(progress.steps),
      wait: progress.wait,
      wordsOfWait,
    });
  });

  /** Any process can answer: the run is nobody's own, and a second tab follows the same one. */
  app.get('/setting-up/progress', async (request, reply) => {
    const { workspaceId } = sessionOf(request);
    async function* events(): AsyncGenerator<ServerEvent> {
      for await (const steps of followSettingUp(tenantry, workspaceId)) {
        yield {
          event: 'steps',
          data: fragment('steps', { steps: stepLines(steps), wait: undefined, wordsOfWait }),
        };
      }
      yield { event: 'end', data: null };
    }
    streams.count(workspaceId, reply);
    return sendEvents(reply, events());
  });

  app.post('/setting-up', async (request, reply) => {
    await startOnboarding(tenantry, await workspaceOf(sessionOf(request)));
    return reply.redirect('/setting-up', 303);
  });
}
