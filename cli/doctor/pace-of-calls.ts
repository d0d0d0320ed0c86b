import { type CompanionQueue, companionQueue } from '../../tenancy/naming.js';
import { readPace } from '../../worker/queue-pace.js';
import { type Outcome, ok, problem } from './check.js';
import type { Subject } from './subject.js';
import { grpcStatus, grpcStatusOf, withTemporal } from './with-temporal.js';
import { queueOf } from './workers.js';

interface PacedCalls {
  readonly queue: CompanionQueue;
  /** The setting that workers take the pace from, and its value for one second. */
  readonly setting: string;
  readonly askedPerSecond: number;
  /** The most that Neon answers an account in a second, and how to put it. */
  readonly allowedPerSecond: number;
  readonly allowed: string;
  /** A number for the setting that is within what Neon allows. */
  readonly advised: number;
  /** The unit of the setting, in seconds. */
  readonly unitSeconds: number;
  /** A pace in words, such as "8 calls to Neon a second". */
  words(count: number): string;
  /** What does not happen while the limit is 0. */
  readonly whileStopped: string;
}

/** The server keeps the pace of a queue of calls to Neon, and that pace is within what Neon allows an account. */
export function paceOfCalls(subject: Subject, calls: PacedCalls): Promise<Outcome> {
  return withTemporal(subject, async ({ connection: { workflowService }, address, namespace }) => {
    const taskQueue = companionQueue(await queueOf(subject), calls.queue);
    const { setting, askedPerSecond, unitSeconds } = calls;
    const pace = await readPace(workflowService, { namespace, taskQueue }).catch((error: unknown) => {
      const status = grpcStatusOf(error);
      if (status === grpcStatus.unimplemented || status === grpcStatus.permissionDenied) return undefined;
      throw error;
    });
    const { perSecond = askedPerSecond, byWorker = true, setBy = '', reason = '' } = pace ?? {};
    const set = (limit: number) =>
      `temporal task-queue config set --address ${address} --namespace ${namespace} --task-queue ${taskQueue} --task-queue-type activity --queue-rps-limit ${rounded(limit)}`;
    const words = (each: number) => calls.words(rounded(each * unitSeconds));
    if (!byWorker && perSecond === 0)
      return problem(
        `${calls.whileStopped}: ${setBy} has set the limit of "${taskQueue}" to 0 (${reason})`,
        `when that is over: ${set(askedPerSecond)}`,
      );
    if (perSecond > calls.allowedPerSecond && isNeonItself(subject.read('NEON_API_HOST')))
      return problem(
        `${words(perSecond)} are more than ${calls.allowed}`,
        byWorker
          ? `set ${setting} of all workers to ${calls.advised} or less, unless Neon has raised the limit of the account`
          : `unless Neon has raised the limit of the account: ${set(calls.advised / unitSeconds)}`,
      );
    if (pace === undefined)
      return ok(`the workers ask Temporal for ${words(perSecond)}; its server keeps no limit of its own`);
    const given = `Temporal gives out ${words(perSecond)}`;
    if (byWorker) return ok(given);
    return ok(`${given}, set by ${setBy}${reason === '' ? '' : ` (${reason})`}`);
  });
}

const rounded = (count: number) => Number(count.toPrecision(4));

/** An emulator has the limits that it was started with. */
const isNeonItself = (host: string) => new URL(host).hostname.endsWith('neon.tech');
