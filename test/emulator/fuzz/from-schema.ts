import fc from 'fast-check';
import { z } from 'zod';
import { resolved } from '../description.js';
import { hostile } from './hostile.js';

const node = z.looseObject({
  type: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  allOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});

type Node = z.infer<typeof node>;

/** Schemas refer to each other in circles; below this there is only what is wrong. */
const deepest = 6;

/** Values that a schema allows for the most part, with something at some place that it does not. */
export function fromSchema(schema: unknown, ids: fc.Arbitrary<string>, depth = 0): fc.Arbitrary<unknown> {
  if (depth > deepest) return hostile;
  const right = allowed(merged(node.parse(resolved(schema))), ids, depth);
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: hostile });
}

function allowed(schema: Node, ids: fc.Arbitrary<string>, depth: number): fc.Arbitrary<unknown> {
  const one = schema.oneOf ?? schema.anyOf;
  if (one !== undefined) return fc.oneof(...one.map((option) => fromSchema(option, ids, depth + 1)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return text(schema, ids);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1, max: schema.maximum ?? 1_000_000 });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 16, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(fromSchema(schema.items ?? {}, ids, depth + 1), { maxLength: 3 });
    case 'object':
      return object(schema, ids, depth);
    default:
      return Object.keys(schema.properties).length > 0 ? object(schema, ids, depth) : hostile;
  }
}

function object(schema: Node, ids: fc.Arbitrary<string>, depth: number): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties);
  if (properties.length === 0)
    return fc.dictionary(
      fc.string({ maxLength: 10 }),
      fromSchema(schema.additionalProperties || {}, ids, depth + 1),
      {
        maxKeys: 3,
      },
    );
  return fc.record(
    Object.fromEntries(properties.map(([name, child]) => [name, fromSchema(child, ids, depth + 1)])),
    { requiredKeys: schema.required.filter((name) => name in schema.properties) },
  );
}

function text(schema: Node, ids: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  if (schema.pattern !== undefined) return ids;
  if (schema.format === 'date-time')
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  return fc.oneof(ids, fc.string({ maxLength: Math.min(schema.maxLength ?? 20, 300) }));
}

/** `allOf` is one object in pieces. */
function merged(schema: Node): Node {
  const pieces = (schema.allOf ?? []).map((part) => merged(node.parse(resolved(part))));
  const whole = [schema, ...pieces];
  return {
    ...schema,
    type: whole.find(({ type }) => type !== undefined)?.type,
    properties: Object.assign({}, ...whole.map(({ properties }) => properties)),
    required: whole.flatMap(({ required }) => required),
  };
}
