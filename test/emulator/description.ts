import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { load } from 'js-yaml';
import { z } from 'zod';

const file = createRequire(import.meta.url)
  .resolve('@neondatabase/api-client/package.json')
  .replace('package.json', 'public-v2-for-users.gen.yaml');

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
const node = z.record(z.string(), z.unknown());
const operation = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()).default([]),
  parameters: z.array(node).default([]),
  requestBody: z.looseObject({ required: z.boolean().default(false) }).optional(),
  responses: node,
});
const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header', 'cookie']),
  required: z.boolean().default(false),
  schema: node,
});
const pathItem = z.looseObject({ parameters: z.array(node).default([]) });

const document = node.parse(asJsonSchema(load(readFileSync(file, 'utf8'))));

export type Operation = (typeof operations)[number];

/** Every operation of Neon's own description, as the installed client ships it. */
export const operations = Object.entries(node.parse(document.paths)).flatMap(([path, item]) => {
  const shared = pathItem.parse(item);
  return methods.flatMap((method) => {
    const found = operation.safeParse(shared[method]);
    if (!found.success) return [];
    const { operationId: id, tags, responses, requestBody } = found.data;
    const parameters = [...shared.parameters, ...found.data.parameters].map((one) =>
      parameter.parse(resolved(one)),
    );
    return [{ path, method, id, tag: tags[0] ?? '', responses, requestBody, parameters }];
  });
});

/** A node of the description, or what it refers to. */
export function resolved(value: unknown): Record<string, unknown> {
  const { $ref, ...rest } = node.parse(value);
  return typeof $ref === 'string' ? resolved(at($ref)) : rest;
}

export function operationOf(method: string, path: string): Operation | undefined {
  const bare = path.split('?', 1)[0] ?? '';
  const matching = operations.filter(
    (candidate) =>
      candidate.method === method.toLowerCase() &&
      new RegExp(`^${candidate.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  // `/branches/count` is also `/branches/{branch_id}`; the one with fewer parameters is meant.
  return matching.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

/** Where the schema of a JSON body is: that of a reply by its status, or that of the request. */
export function schemaPointer(known: Operation, part: { readonly reply: string } | 'request') {
  const [pointer, value] =
    part === 'request'
      ? ['requestBody', known.requestBody]
      : [`responses/${part.reply}`, known.responses[part.reply]];
  const withRef = z.looseObject({ $ref: z.string() }).safeParse(value);
  const base = withRef.success
    ? `neon${withRef.data.$ref}`
    : `neon#/paths/${escaped(known.path)}/${known.method}/${pointer}`;
  const body = z
    .looseObject({ content: z.looseObject({ 'application/json': z.unknown() }) })
    .safeParse(withRef.success ? at(withRef.data.$ref) : value);
  return body.success ? `${base}/content/application~1json/schema` : undefined;
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(document, 'neon');
const validators = new Map<string, ValidateFunction>();

/** @returns what is wrong with it. */
export function faultsOf(value: unknown, pointer: string): string | undefined {
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: pointer });
  validators.set(pointer, validate);
  return validate(value) ? undefined : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`;
}

const escaped = (segment: string) => encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));

function at(pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((parent, key) => node.parse(parent)[key], document);
}

/** OpenAPI 3.0 says `nullable` where JSON Schema says that the type may be null. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, asJsonSchema(child)]),
  );
  return nullable === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest;
}
