import type { FastifyReply, FastifyRequest } from 'fastify';

/** A cookie that no script reads, that no other site's form sends, and that holds no more than a browser session unless it says so. */
export interface Cookie {
  read(request: FastifyRequest): string | undefined;
  write(reply: FastifyReply, value: string, maxAgeSeconds?: number): void;
  clear(reply: FastifyReply): void;
}

/** Behind https, `__Host-` keeps other hosts of the domain from setting it. */
export function signedCookie(name: string, { secure }: { readonly secure: boolean }): Cookie {
  const fullName = secure ? `__Host-${name}` : name;
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure, signed: true } as const;
  return {
    read(request) {
      const raw = request.cookies[fullName];
      if (raw === undefined) return undefined;
      const { valid, value } = request.unsignCookie(raw);
      return valid ? value : undefined;
    },
    write(reply, value, maxAgeSeconds) {
      reply.setCookie(fullName, value, {
        ...options,
        ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
      });
    },
    clear(reply) {
      reply.clearCookie(fullName, { path: '/', httpOnly: true, sameSite: 'lax', secure });
    },
  };
}
