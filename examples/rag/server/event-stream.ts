import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** The events that are being sent. */
    readonly openEvents: Set<Readable>;
  }
}

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Proxies close what is silent for a minute. */
const heartbeatMs = 15_000;

/** A server that ends ends its events too: it waits for every answer, and a page follows for as long as it is open. The page connects anew. */
export function addEvents(app: FastifyInstance): void {
  app.decorate('openEvents', new Set<Readable>());
  app.addHook('preClose', async () => {
    for (const stream of app.openEvents) stream.destroy();
  });
}

/** Sends events as they come. A reader who leaves ends the source. */
export function sendEvents(reply: FastifyReply, events: AsyncIterable<ServerEvent>): FastifyReply {
  const { openEvents } = reply.server;
  const stream = Readable.from(written(events), { objectMode: false, highWaterMark: 0 });
  openEvents.add(stream);
  stream.once('close', () => openEvents.delete(stream));
  return (
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      // nginx collects answers otherwise.
      .header('x-accel-buffering', 'no')
      .send(stream)
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
