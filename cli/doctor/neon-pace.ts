import { companionQueue } from '../../tenancy/naming.js';
import { readPace } from '../../worker/queue-pace.js';
import { type Check, ok, problem } from './check.js';
import { grpcStatus, grpcStatusOf, withTemporal } from './with-temporal.js';
import { queueOf } from './workers.js';

/** Neon allows an account 700 calls a minute. */
const accountPerSecond = 700 / 60;

/** The server keeps the pace of the calls to Neon, and that pace is within what Neon allows an account. */
export const neonPace: Check = {
  name: 'neon-pace',
  needs: ['workers'],
  make: (subject) =>
    withTemporal(subject, async ({ connection: { workflowService }, address, namespace }) => {
      const taskQueue = companionQueue(await queueOf(subject), 'neon');
      const asked = subject.read('TENANTRY_NEON_CALLS_PER_SECOND');
      const pace = await readPace(workflowService, { namespace, taskQueue }).catch((error: unknown) => {
        const status = grpcStatusOf(error);
        if (status === grpcStatus.unimplemented || status === grpcStatus.permissionDenied) return undefined;
        throw error;
      });
      const { perSecond = asked, byWorker = true, setBy = '', reason = '' } = pace ?? {};
      const set = `temporal task-queue config set --address ${address} --namespace ${namespace} --task-queue ${taskQueue} --task-queue-type activity`;
      if (!byWorker && perSecond === 0)
        return problem(
          `no call to Neon is made: ${setBy} has set the limit of "${taskQueue}" to 0 (${reason})`,
          `when that is over: ${set} --queue-rps-limit ${asked}`,
        );
      if (perSecond > accountPerSecond && isNeonItself(subject.read('NEON_API_HOST')))
        return problem(
          `${perSecond} calls to Neon a second are more than the 700 a minute that Neon allows an account`,
          byWorker
            ? 'set TENANTRY_NEON_CALLS_PER_SECOND of all workers to 11.2 or less, unless Neon has raised the limit of the account'
            : `unless Neon has raised the limit of the account: ${set} --queue-rps-limit 11.2`,
        );
      if (pace === undefined)
        return ok(
          `the workers ask Temporal for ${asked} calls a second; its server keeps no limit of its own`,
        );
      if (byWorker) return ok(`Temporal gives out ${perSecond} calls a second`);
      return ok(
        `Temporal gives out ${perSecond} calls a second, set by ${setBy}${reason === '' ? '' : ` (${reason})`}`,
      );
    }),
};

/** An emulator has the limits that it was started with. */
const isNeonItself = (host: string) => new URL(host).hostname.endsWith('neon.tech');
