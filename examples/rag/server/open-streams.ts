import type { FastifyReply } from 'fastify';
import { TooManyRequestsError } from './limits.js';

/** So many pages of a workspace may follow something at once, in one process. */
const most = 20;
const retryAfterSeconds = 30;

/** Counts the pages of each workspace that follow something: each costs the process some work every second, which all workspaces share. */
export class OpenStreams {
  readonly #open = new Map<string, number>();

  /**
   * Counts an answer until it has ended, or its reader has left.
   * @throws TooManyRequestsError
   */
  count(workspaceId: string, { raw }: FastifyReply): void {
    const open = this.#open.get(workspaceId) ?? 0;
    if (open >= most) throw new TooManyRequestsError(retryAfterSeconds);
    this.#open.set(workspaceId, open + 1);
    raw.once('close', () => {
      const left = (this.#open.get(workspaceId) ?? 1) - 1;
      if (left > 0) this.#open.set(workspaceId, left);
      else this.#open.delete(workspaceId);
    });
  }
}
