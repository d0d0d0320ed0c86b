import type { Computes } from './computes.js';

/** The API without Postgres behind it: operations finish, connections are refused. */
export const noComputes: Computes = {
  createData: async () => {},
  makeData: async () => ({ lsn: '0/0' }),
  destroyData: async () => {},
  hasData: () => false,
  pastOf: async () => undefined,
  forget: async () => {},
  sweep: async () => {},
  start: async () => {},
  apply: async () => {},
  stop: async () => {},
  socketOf: () => undefined,
  verifierOf: async () => undefined,
  measure: async () => undefined,
  limitSize: async () => {},
  stopAll: async () => {},
};

/** In place of waking a compute: there is none, so nothing is scheduled for the sake of a connection. */
export async function noWaking(): Promise<never> {
  throw new Error('this emulator runs without computes');
}
