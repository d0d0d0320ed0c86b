import fc from 'fast-check';
import { z } from 'zod';
import { routes } from '../../../emulator/api/routes.js';
import { type Operation, operations, resolved } from '../description.js';
import { fromSchema } from './from-schema.js';
import { hostileBody, hostileText } from './hostile.js';

export interface Asked {
  readonly method: string;
  /** Below the API's prefix, query included, as it stands on the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const placeholder = /^\{\w+\}$/;

/** Stands for an id that exists when the request is sent: `{project_id}` and so on. */
const existing = (kind: string) => fc.constant(`{${kind}}`);

const bodySchema = z.object({
  content: z.object({ 'application/json': z.looseObject({ schema: z.unknown() }) }),
});

function requestFor(operation: Operation): fc.Arbitrary<Asked> {
  return fc
    .record({
      method: mostly(fc.constant(operation.method.toUpperCase()), methods),
      path: pathOf(operation),
      query: queryOf(operation),
      headers,
      body: bodyOf(operation),
    })
    .map(({ method, path, query, headers: sent, body }) => ({
      method,
      target: path + (query === '' ? '' : `?${query}`),
      headers: sent,
      body: method === 'GET' || method === 'HEAD' ? undefined : body,
    }));
}

const methods = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PROPFIND',
  'TRACE',
);

function mostly<T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 10, arbitrary: right }, { weight: 1, arbitrary: wrong });
}

const encoded = (text: string) => encodeURIComponent(Buffer.from(text).toString());
const segment = hostileText.filter((text) => text.length < 5_000).map(encoded);

function pathOf({ path }: Operation): fc.Arbitrary<string> {
  const parts = path.split('/').map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    return name === undefined ? fc.constant(part) : mostly(existing(name), segment);
  });
  return fc.tuple(...parts).map((texts) => texts.join('/'));
}

function queryOf({ parameters }: Operation): fc.Arbitrary<string> {
  const described = parameters.filter((one) => one.in === 'query');
  const values = described.map((one) => {
    const value = fromSchema(one.schema, existing(one.name))
      .map((chosen) => (typeof chosen === 'string' ? chosen : JSON.stringify(chosen)))
      .map(
        (chosen) =>
          `${encoded(one.name)}=${placeholder.test(chosen) ? chosen : encoded(chosen.slice(0, 5_000))}`,
      );
    return fc.option(value, { nil: undefined, freq: one.required ? 10 : 2 });
  });
  const strange = fc.constantFrom('&&', '%', '%zz', 'a[b]=c', '__proto__=1', 'limit=1&limit=2', '=');
  return fc
    .tuple(fc.tuple(...values), mostly(fc.constant(''), strange))
    .map(([given, extra]) =>
      [...given.filter((value) => value !== undefined), extra].filter(Boolean).join('&'),
    );
}

function bodyOf({ requestBody }: Operation): fc.Arbitrary<string | undefined> {
  const described = bodySchema.safeParse(requestBody === undefined ? undefined : resolved(requestBody));
  if (!described.success) return mostly(fc.constant(undefined), hostileBody);
  const right = fromSchema(described.data.content['application/json'].schema, existing('any'));
  return mostly(
    right.map((value) => JSON.stringify(value)),
    hostileBody,
  );
}

const headers: fc.Arbitrary<Record<string, string>> = fc
  .record({
    'content-type': mostly(
      fc.constant('application/json'),
      fc.constantFrom(
        'text/plain',
        'application/xml',
        'multipart/form-data; boundary=x',
        'application/json; charset=utf-16',
        'x',
        ';',
        'application/x-www-form-urlencoded',
      ),
    ),
    authorization: mostly(
      fc.constant('Bearer {key}'),
      fc.constantFrom(
        '',
        'Bearer',
        'Bearer  ',
        'Basic e2tleX0=',
        `Bearer ${'x'.repeat(4_000)}`,
        'bearer {key}',
      ),
    ),
    'x-request-id': mostly(
      fc.constant('fuzz'),
      fc.constantFrom('', ' ', 'a b', 'x'.repeat(500), '__proto__', '\u00e4'),
    ),
  })
  .map((given) => ({ ...given }));

/** Of a head that is too long a server cannot tell the method, and to a HEAD it then says more than it may. */
const longestHead = 10_000;

/** What no operation describes. */
function anyRequest(): fc.Arbitrary<Asked> {
  const paths = fc.oneof(
    fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
    fc.constantFrom(
      '',
      '/',
      '//',
      '/projects//branches',
      '/projects/%',
      '/projects/%c3%28',
      '/projects/..%2f..',
      '/projects;x',
    ),
    fc.constantFrom(
      '/projects#x',
      `/projects/${'x'.repeat(6_000)}`,
      `/projects?search=${'y'.repeat(20_000)}`,
      '/projects/%00',
    ),
  );
  return fc
    .record({ method: methods, target: paths, headers, body: fc.option(hostileBody, { nil: undefined }) })
    .filter(({ method, target }) => method !== 'HEAD' || target.length < longestHead);
}

const answered = new Set(routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`));
const isAnswered = ({ method, path }: Operation) => answered.has(`${method.toUpperCase()} ${path}`);

/** Requests for all operations that Neon describes: right for the most part, and wrong at some place. */
export const request: fc.Arbitrary<Asked> = fc.oneof(
  ...operations.map((operation) => ({
    weight: isAnswered(operation) ? 12 : 2,
    arbitrary: requestFor(operation),
  })),
  { weight: 40, arbitrary: anyRequest() },
);
