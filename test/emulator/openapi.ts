import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { z } from 'zod';

const file = createRequire(import.meta.url)
  .resolve('@neondatabase/api-client/package.json')
  .replace('package.json', 'public-v2-for-users.gen.yaml');

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
const operation = z.looseObject({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) });
const description = z.looseObject({
  paths: z.record(
    z.string(),
    z.looseObject(Object.fromEntries(methods.map((m) => [m, operation.optional()]))),
  ),
});

const document: unknown = asJsonSchema(parse(readFileSync(file, 'utf8')));

/** Every operation of Neon's own description, as the installed client ships it. */
export const operations = Object.entries(description.parse(document).paths).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const found = operation.safeParse(item[method]);
    return found.success
      ? [{ path, method, id: found.data.operationId, responses: found.data.responses }]
      : [];
  }),
);

/** Ids of the operations that some test has seen answered with success. */
export const covered = new Set<string>();

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(z.record(z.string(), z.unknown()).parse(document), 'neon');
const validators = new Map<string, ValidateFunction>();

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

/** A client that takes no answer Neon could not have given. @throws when an answer is outside the description. */
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
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    check(method, path, response.status, parsed);
    return { status: response.status, headers: response.headers, body: parsed };
  };
}

function check(method: string, path: string, status: number, body: unknown): void {
  const known = operationOf(method, path);
  if (known === undefined) {
    if (status < 400) throw new Error(`${method} ${path} is not in the description, yet answered ${status}`);
    return;
  }
  const response = status in known.responses ? String(status) : 'default';
  if (status < 400 && response === 'default') throw new Error(`${known.id} must not answer ${status}`);
  if (status < 400) covered.add(known.id);
  // An answer without a schema is one without a body.
  const pointer = schemaPointer(known, response);
  if (pointer === undefined) {
    if (body !== undefined && status < 400) throw new Error(`${known.id} ${status} has no body`);
    return;
  }
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: pointer });
  validators.set(pointer, validate);
  if (!validate(body))
    throw new Error(`${known.id} ${status}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
}

function operationOf(method: string, path: string) {
  const bare = path.split('?', 1)[0] ?? '';
  const matching = operations.filter(
    (candidate) =>
      candidate.method === method.toLowerCase() &&
      new RegExp(`^${candidate.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  // `/branches/count` is also `/branches/{branch_id}`; the one with fewer parameters is meant.
  return matching.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

function schemaPointer(known: (typeof operations)[number], response: string): string | undefined {
  const withRef = z.looseObject({ $ref: z.string() }).safeParse(known.responses[response]);
  const [base, value] = withRef.success
    ? [`neon${withRef.data.$ref}`, at(document, withRef.data.$ref)]
    : [`neon#/paths/${escaped(known.path)}/${known.method}/responses/${response}`, known.responses[response]];
  const body = z
    .looseObject({ content: z.looseObject({ 'application/json': z.unknown() }) })
    .safeParse(value);
  return body.success ? `${base}/content/application~1json/schema` : undefined;
}

const escaped = (segment: string) => encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));

function at(value: unknown, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => z.record(z.string(), z.unknown()).parse(node)[key], value);
}

/** OpenAPI 3.0 says `nullable` where JSON Schema says that the type may be null. */
function asJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, asJsonSchema(value)]),
  );
  return nullable === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest;
}
