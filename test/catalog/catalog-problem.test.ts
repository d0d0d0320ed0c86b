import pg from 'pg';
import { expect, it } from 'vitest';
import { catalogProblem } from '../../catalog/catalog-problem.js';

const ofServer = (code: string) =>
  Object.assign(new pg.DatabaseError('in its words', 1, 'error'), { code, severity: 'ERROR' });
const ofSystem = (code: string, syscall?: string) =>
  Object.assign(new Error(`connect ${code}`), { code, ...(syscall && { syscall }) });

it.each([
  ['08006', 'unreachable'],
  ['57P03', 'unreachable'],
  ['53300', 'unreachable'],
  ['53100', 'unreachable'],
  ['57014', 'unreachable'],
  ['25006', 'unreachable'],
  ['40P01', 'unreachable'],
  ['28P01', 'refused'],
  ['3D000', 'refused'],
  ['42501', 'refused'],
  ['42P01', 'not-migrated'],
  ['3F000', 'not-migrated'],
  ['42703', 'not-migrated'],
  ['23505', undefined],
  ['22P02', undefined],
  ['42601', undefined],
])('what the server answers with %s is %s', (code, kind) => {
  expect(catalogProblem(ofServer(code))?.kind).toBe(kind);
});

it.each([
  ofSystem('ECONNREFUSED'),
  ofSystem('EPIPE'),
  ofSystem('EAI_AGAIN'),
  ofSystem('ENOENT', 'connect'),
  ofSystem('DEPTH_ZERO_SELF_SIGNED_CERT'),
  ofSystem('ERR_TLS_CERT_ALTNAME_INVALID'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Connection terminated unexpectedly'),
  new Error('The server does not support SSL connections'),
])('the way to it is gone: $message', (error) => {
  expect(catalogProblem(error)).toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining(error.message),
  });
});

it('each address of a name is told', () => {
  const error = Object.assign(new AggregateError([new Error('at ::1'), new Error('at 127.0.0.1')]), {
    code: 'ECONNREFUSED',
  });
  expect(catalogProblem(error)?.message).toMatch(
    /^cannot reach the catalog \(at ::1; at 127\.0\.0\.1\): start/,
  );
});

it.each([new Error('a defect'), ofSystem('ENOENT', 'open'), new TypeError('x is not a function'), 'a text'])(
  'what has another cause is no problem of the catalog: %s',
  (error) => {
    expect(catalogProblem(error)).toBeUndefined();
  },
);
