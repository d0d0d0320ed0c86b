import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

const host = 'folio.test';
export const origin = `http://${host}`;

type Fields = Readonly<Record<string, string | readonly string[]>>;

export interface SentFile {
  readonly name: string;
  readonly content: string | Buffer;
  readonly mediaType?: string;
}

let visitors = 0;

/** A browser as the server knows one: it keeps cookies, and sends what a form of the last page holds. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  formToken = '';
  readonly #app: FastifyInstance;
  /** Sign-ups are limited by it. */
  readonly #remoteAddress: string;

  /** @param remoteAddress @default one of its own */
  constructor(app: FastifyInstance, remoteAddress?: string) {
    this.#app = app;
    visitors += 1;
    this.#remoteAddress = remoteAddress ?? `198.51.${Math.floor(visitors / 256)}.${visitors % 256}`;
  }

  /** What the session's cookie holds, without its signature. */
  get sessionToken(): string {
    return decodeURIComponent(this.cookies.get('session') ?? '').replace(/\.[^.]*$/, '');
  }

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<LightMyRequestResponse> {
    return this.send({ method: 'GET', url, headers: { accept: 'text/html', ...headers } });
  }

  /** With the token of the last page, unless the fields have another. */
  post(url: string, fields: Fields = {}, headers: Readonly<Record<string, string>> = {}) {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ form: this.formToken, ...fields })) {
      for (const each of typeof value === 'string' ? [value] : value) body.append(name, each);
    }
    return this.send({
      method: 'POST',
      url,
      headers: {
        accept: 'text/html',
        origin,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      payload: body.toString(),
    });
  }

  async upload(url: string, files: readonly SentFile[], fields: Fields = {}) {
    const body = new FormData();
    for (const [name, value] of Object.entries({ form: this.formToken, ...fields }))
      body.append(name, String(value));
    for (const { name, content, mediaType = 'text/plain' } of files) {
      body.append('files', new File([new Uint8Array(Buffer.from(content))], name, { type: mediaType }));
    }
    const request = new Request(`${origin}${url}`, { method: 'POST', body });
    return this.send({
      method: 'POST',
      url,
      headers: { accept: 'text/html', origin, 'content-type': request.headers.get('content-type') ?? '' },
      payload: Buffer.from(await request.arrayBuffer()),
    });
  }

  async send(request: {
    method: 'GET' | 'POST' | 'PUT' | 'DELETE';
    url: string;
    headers: Readonly<Record<string, string>>;
    payload?: string | Buffer;
  }): Promise<LightMyRequestResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await this.#app.inject({
      remoteAddress: this.#remoteAddress,
      ...request,
      headers: { host, cookie, ...request.headers },
    });
    for (const { name, value, maxAge, expires } of response.cookies) {
      if (maxAge === 0 || (expires && expires.getTime() <= Date.now())) this.cookies.delete(name);
      else this.cookies.set(name, encodeURIComponent(value));
    }
    const token = /name="form" value="([^"]+)"/.exec(response.body)?.[1];
    if (token !== undefined) this.formToken = token;
    return response;
  }
}

/** What a person reads of a page. */
export function wordsOf(html: string): string {
  return html
    .replace(/<(script|style|head)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}
