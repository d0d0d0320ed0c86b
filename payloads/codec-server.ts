import { createHash, timingSafeEqual } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isLoopback } from '../tenancy/loopback.js';
import { EncryptedPayloadError, payloadCodec } from './payload-codec.js';

export interface CodecServerOptions {
  readonly sealKeys: ReadonlyMap<string, Buffer>;
  /** The namespace of payloads that come without the header `X-Namespace`. */
  readonly namespace: string;
  /** Where Temporal's UI is: pages of no other origin are answered. Without it, no page is. */
  readonly uiOrigin?: string | undefined;
  /** What every caller must present as its bearer token. */
  readonly token?: string | undefined;
  /** The address to listen at, and the name that callers may call it by besides those of loopback. */
  readonly host: string;
  readonly port: number;
}

export interface CodecServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A payload of the server's largest, 2 MiB, in base64, and some beside it. */
const bodyLimit = 16 * 2 ** 20;

/**
 * Decrypts and encrypts payloads for Temporal's UI and its command, which send them to `POST /decode` and `/encode`.
 * Whoever it answers reads whatever payload they have, so it asks who is asking: the `Host` must be its own, a page must
 * be of the UI's origin, and where there is a token, it must come along.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const { host, port } = options;
  const server = fastify({ bodyLimit, logger: false });
  server.addHook('onRequest', (request, reply) => admit(request, reply, options));
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) =>
    reply
      .code(
        error instanceof EncryptedPayloadError || error instanceof z.ZodError
          ? 400
          : (error.statusCode ?? 500),
      )
      .send({
        message:
          error instanceof z.ZodError
            ? 'the body is not { payloads: […] } as Temporal sends it'
            : error.message,
      }),
  );
  for (const direction of ['encode', 'decode'] as const) addRoute(server, direction, options);
  const url = await server.listen({ host, port });
  return { url, close: () => server.close() };
}

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const message = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), bytes).default({}), data: bytes.optional() })),
});

function addRoute(
  server: FastifyInstance,
  direction: 'encode' | 'decode',
  { sealKeys, namespace }: CodecServerOptions,
): void {
  server.options(`/${direction}`, async (_, reply) => reply.code(204).send());
  server.post(`/${direction}`, async ({ headers, body }) => {
    const named = headers['x-namespace'];
    const codec = payloadCodec({
      sealKeys,
      namespace: typeof named === 'string' && named !== '' ? named : namespace,
      encrypts: true,
    });
    const payloads: Payload[] = message
      .parse(body)
      .payloads.map(({ metadata, data }) => ({ metadata, data: data ?? null }));
    return { payloads: (await codec[direction](payloads)).map(written) };
  });
}

/** A payload in the JSON of protocol buffers. */
function written({ metadata, data }: Payload) {
  const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    ),
    ...(data == null ? {} : { data: base64(data) }),
  };
}

async function admit(
  { method, headers, hostname }: FastifyRequest,
  reply: FastifyReply,
  { uiOrigin, token, host }: CodecServerOptions,
): Promise<unknown> {
  // A page elsewhere can give its own name our address, and would then be of our origin: DNS rebinding.
  if (!isLoopback(hostname) && hostname !== host)
    return reply.code(403).send({ message: 'this host is not called by that name' });
  const { origin } = headers;
  if (origin !== undefined) {
    if (origin !== uiOrigin)
      return reply
        .code(403)
        .send({ message: `pages of ${JSON.stringify(origin)} are not answered; see --ui-origin` });
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, x-namespace, authorization',
      // Asked for by a browser before a page of the internet may call this machine.
      'access-control-allow-private-network': 'true',
      vary: 'origin',
    });
    // A browser asks without the token whether it may come with it.
    if (method === 'OPTIONS') return undefined;
  }
  if (token !== undefined && !isSame(headers.authorization, `Bearer ${token}`))
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ message: 'the token is missing or wrong' });
  return undefined;
}

function isSame(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(wanted));
}
