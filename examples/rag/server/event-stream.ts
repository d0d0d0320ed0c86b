import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers that are events and have not ended. */
    readonly openEvents: Set<ServerResponse>;
  }
}

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Proxies close what is silent for a minute. */
const heartbeatMs = 15_000;

/** So long a server that ends waits for answers that are under way, and for connections on which a browser has asked nothing yet. */
const graceMs = 5_000;

/** A server that ends waits for every answer, and a page follows for as long as it is open: its events end first. The page connects anew. */
export function addEvents(app: FastifyInstance): void {
  app.decorate('openEvents', new Set<ServerResponse>());
  app.addHook('preClose', async () => {
    // Not their sources, which end only with their next event.
    for (const answer of app.openEvents) answer.destroy();
    setTimeout(() => app.server.closeAllConnections(), graceMs).unref();
  });
}

/** Sends events as they come. A reader who leaves ends the source. */
export function sendEvents(reply: FastifyReply, events: AsyncIterable<ServerEvent>): FastifyReply {
  const { openEvents } = reply.server;
  openEvents.add(reply.raw);
  reply.raw.once('close', () => openEvents.delete(reply.raw));
  return (
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      // nginx collects answers otherwise.
      .header('x-accel-buffering', 'no')
      .send(Readable.from(written(events), { objectMode: false, highWaterMark: 0 }))
  );
}

async function* written(events: AsyncIterable<ServerEvent>): AsyncGenerator<string> {
  yield ': open\n\n';
  for await (const event of withHeartbeat(events)) {
    yield event === undefined
      ? ': still here\n\n'
      : `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
  }
}

/** Yields `undefined` when nothing came for a while, which also notices a reader who left. */
async function* withHeartbeat(events: AsyncIterable<ServerEvent>): AsyncGenerator<ServerEvent | undefined> {
  const source = events[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const came = await orSilence(next);
      if (came === undefined) {
        yield undefined;
        continue;
      }
      if (came.done) return;
      yield came.value;
      next = source.next();
    }
  } finally {
    // Not awaited: a source that waits for its own next event would hold this up.
    next.catch(() => {});
    void source.return?.().catch(() => {});
  }
}

async function orSilence<T>(next: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), heartbeatMs);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
