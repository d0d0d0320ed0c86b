import type { FastifyReply } from 'fastify';
import { TooManyRequestsError } from './limits.js';

const retryAfterSeconds = 30;

/**
 * Counts what the server does for each workspace at one moment, in this process. A rate does not limit that: what takes long costs memory or work for
 * as long, and all workspaces share it.
 */
export class AtOnce {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Counts an answer until it has ended, or its reader has left.
   * @throws TooManyRequestsError
   */
  count(workspaceId: string, { raw }: FastifyReply): void {
    const open = this.#open.get(workspaceId) ?? 0;
    if (open >= this.#most) throw new TooManyRequestsError(retryAfterSeconds);
    this.#open.set(workspaceId, open + 1);
    raw.once('close', () => {
      const left = (this.#open.get(workspaceId) ?? 1) - 1;
      if (left > 0) this.#open.set(workspaceId, left);
      else this.#open.delete(workspaceId);
    });
  }
}
