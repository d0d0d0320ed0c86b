import { type Attributes, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import pg from 'pg';

/**
 * A span shows only the first word of a statement, which must be one of these, and one of the catalog's
 * tables: the rest may contain a secret.
 */
const verbs =
  /^\s*(alter|analyze|begin|call|comment|commit|copy|create|delete|do|drop|explain|grant|insert|listen|lock|notify|release|reset|revoke|rollback|savepoint|select|set|show|start|truncate|update|values|with)\b/i;
const catalogTable = /"tenantry"\."([a-z_]+)"/;

type Query = (...args: unknown[]) => unknown;

/**
 * Makes a span of each statement that is sent within a trace. The span contains no text, no parameter and no
 * password.
 */
export function traceQueries(client: pg.ClientBase): void {
  const query: Query = client.query.bind(client);
  const traced: Query = (...args) => {
    // A cursor or a callback returns no promise, and ends elsewhere.
    const [statement, , last] = [args[0], args[1], args.at(-1)];
    if (typeof last === 'function' || isSubmittable(statement)) return query(...args);
    return inSpan(client, statementOf(statement), () => query(...args));
  };
  Object.defineProperty(client, 'query', { value: traced, configurable: true });
}

/** The same for the connection's login. */
export function traceConnect(client: pg.Client): void {
  const connect: Query = client.connect.bind(client);
  const traced: Query = (...args) =>
    args.length > 0 ? connect(...args) : inSpan(client, { name: 'connect' }, () => connect());
  Object.defineProperty(client, 'connect', { value: traced, configurable: true });
}

interface Statement {
  readonly name: string;
  readonly attributes?: Attributes;
}

function statementOf(statement: unknown): Statement {
  const text = typeof statement === 'string' ? statement : textOf(statement);
  const operation = verbs.exec(text)?.[1]?.toUpperCase();
  const table = catalogTable.exec(text)?.[1];
  return {
    name: [operation ?? 'SQL', table].filter(Boolean).join(' '),
    attributes: {
      ...(operation && { 'db.operation.name': operation }),
      ...(table && { 'db.collection.name': `tenantry.${table}` }),
    },
  };
}

const tracer = (): Tracer => trace.getTracer('tenantry');

function inSpan(client: pg.ClientBase, { name, attributes }: Statement, work: () => unknown): unknown {
  // A process's own statements, such as a heartbeat, belong to no trace.
  if (trace.getActiveSpan() === undefined) return work();
  const { host, database } = client as Partial<pg.Client>;
  const span = tracer().startSpan(name, {
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': 'postgresql',
      ...(database && { 'db.namespace': database }),
      ...(host && { 'server.address': host }),
      ...attributes,
    },
  });
  const answer = work();
  if (!(answer instanceof Promise)) {
    span.end();
    return answer;
  }
  // Only the kind of error, because its message may quote a row.
  const failed = (error: unknown) => {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== undefined) span.setAttribute('db.response.status_code', code);
    span.setAttribute('error.type', code ?? (error instanceof Error ? error.name : 'unknown'));
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  answer.then(() => span.end(), failed);
  return answer;
}

function textOf(statement: unknown): string {
  const text: unknown =
    typeof statement === 'object' && statement !== null ? Reflect.get(statement, 'text') : '';
  return typeof text === 'string' ? text : '';
}

function isSubmittable(statement: unknown): boolean {
  return typeof statement === 'object' && statement !== null && 'submit' in statement;
}
