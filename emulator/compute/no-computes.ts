import type { Computes } from './computes.js';

/** The API without Postgres behind it: operations finish, connections are refused. */
export const noComputes: Computes = {
  createData: async () => {},
  copyData: async () => {},
  destroyData: async () => {},
  hasData: () => false,
  start: async () => {},
  apply: async () => {},
  stop: async () => {},
  socketOf: () => undefined,
  stopAll: async () => {},
};

/** In place of waking a compute: there is none, so nothing is scheduled for the sake of a connection. */
export async function noWaking(): Promise<never> {
  throw new Error('this emulator runs without computes');
}
