import { expect, it } from 'vitest';
import { addressOf } from '../../connections/address.js';

const strange = 'a/b #1?x%2F"é';

it('reads a name of a database as it was written, whatever is in it', () => {
  const url = `postgresql://app:p%40ss@db.example:6543/${encodeURIComponent(strange)}?sslmode=verify-full`;
  expect(addressOf(url)).toMatchObject({
    host: 'db.example',
    port: 6543,
    user: 'app',
    password: 'p@ss',
    database: strange,
    ssl: {},
  });
});

it('leaves the database to the server where none is named', () => {
  expect(addressOf('postgresql://app:secret@127.0.0.1:5432')).not.toHaveProperty('database');
});

it('reads the path of a socket', () => {
  const socket = { host: '/run/postgresql', database: 'app' };
  expect(addressOf('/run/postgresql app')).toMatchObject(socket);
  expect(addressOf('socket:/run/postgresql?db=app')).toMatchObject(socket);
});
