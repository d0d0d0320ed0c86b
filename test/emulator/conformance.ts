import { Ajv } from 'ajv';
import { sawSuccess } from './coverage.js';
import { faultsOf, type Operation, operationOf, schemaPointer } from './description.js';

/** One exchange with the emulator. */
export interface Exchange {
  readonly method: string;
  /** Below `/api/v2`, the query included. */
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly reply: unknown;
}

/**
 * Holds an exchange against Neon's description, and counts its operation as exercised by `client`. What is asked in vain
 * may be wrong; what is answered with success must not be.
 * @throws when either side has said what the description does not know.
 */
export function check({ method, path, request, status, reply }: Exchange, client: string): void {
  const known = operationOf(method, path);
  if (known === undefined) {
    if (status < 400) throw new Error(`${method} ${path} is not in the description, yet answered ${status}`);
    return;
  }
  checkReply(known, status, reply);
  if (status >= 400) return;
  checkBody(known, request);
  checkQuery(known, path);
  sawSuccess(known.id, client);
}

export function checkReply(known: Operation, status: number, body: unknown): void {
  const response = status in known.responses ? String(status) : 'default';
  if (status < 400 && response === 'default') throw new Error(`${known.id} must not answer ${status}`);
  // An answer without a schema is one without a body.
  const pointer = schemaPointer(known, { reply: response });
  if (pointer === undefined) {
    if (body !== undefined && status < 400) throw new Error(`${known.id} ${status} has no body`);
    return;
  }
  const faults = faultsOf(body, pointer);
  if (faults !== undefined) throw new Error(`${known.id} answered ${status}: ${faults}`);
}

function checkBody(known: Operation, body: unknown): void {
  if (body === undefined && known.requestBody?.required !== true) return;
  const pointer = schemaPointer(known, 'request');
  // Clients send `{}` with calls that take no body.
  if (pointer === undefined) return;
  const faults = faultsOf(body, pointer);
  if (faults !== undefined) throw new Error(`${known.id} was asked, and answered with success: ${faults}`);
}

/** In a URL everything is text. */
const coercing = new Ajv({ strict: false, coerceTypes: 'array', validateFormats: false });

function checkQuery(known: Operation, path: string): void {
  const query = new URL(path, 'http://api').searchParams;
  for (const [name, value] of query) {
    const described = known.parameters.find((one) => one.in === 'query' && one.name === name);
    if (described === undefined) throw new Error(`${known.id} has no query parameter ${name}`);
    const { $ref: _, ...schema } = described.schema;
    if (!coercing.validate({ type: 'object', properties: { value: schema } }, { value }))
      throw new Error(`${known.id} accepted ${name}=${value}: ${coercing.errorsText()}`);
  }
}
