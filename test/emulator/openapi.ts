import { check } from './conformance.js';

export { operations } from './description.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a body that has passed Neon's own schema; tests read it freely
  readonly body: any;
}

export type Client = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/**
 * A client that takes no answer Neon could not have given, and no success for what Neon would not understand.
 * @throws when an exchange is outside the description.
 */
export function checkedClient(url: string, key: string | undefined): Client {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const reply: unknown = text === '' ? undefined : JSON.parse(text);
    const request: unknown = typeof body === 'string' && body !== '' ? JSON.parse(body) : body;
    check({ method, path, request, status: response.status, reply }, 'tests');
    return { status: response.status, headers: response.headers, body: reply };
  };
}
