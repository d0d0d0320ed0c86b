import type { Inventory } from '../compute/inventory.js';
import { drop, put } from '../state/changes.js';
import { newDatabase, newRole, rehomed } from '../state/make.js';
import type { Branch, Database, Project, Role } from '../state/records.js';
import type { Change } from '../state/store.js';

/** The roles and databases that the API knows of a branch or a snapshot. */
export interface Contents {
  readonly roles: readonly Role[];
  readonly databases: readonly Database[];
}

export function inventoryFor({ roles, databases }: Contents): Inventory {
  return {
    roles: roles.map(({ name, verifier }) => ({ name, verifier: verifier ?? null })),
    databases: databases.map(({ name, owner_name }) => ({ name, owner: owner_name })),
  };
}

/**
 * Records for what a cluster holds, each taken from the first offer that knows its name: so a role that is still there
 * keeps the password that the API tells of it, whatever it was at the time. Of what nobody knows any more, only the name
 * and the hash of the password are left.
 */
export function choose(
  inventory: Inventory,
  offers: readonly Contents[],
  project: Project,
  branch: Branch,
): Contents {
  return {
    roles: inventory.roles.map(({ name, verifier }) => {
      const known = offers.flatMap((offer) => offer.roles).find((role) => role.name === name);
      if (known !== undefined) return rehomed(known, branch);
      const forgotten = newRole(project, branch, name, undefined);
      return { ...forgotten, verifier: verifier ?? undefined, no_login: verifier === null };
    }),
    databases: inventory.databases.map(({ name, owner }) => {
      const known = offers.flatMap((offer) => offer.databases).find((database) => database.name === name);
      return known === undefined
        ? newDatabase(branch, name, owner)
        : { ...rehomed(known, branch), owner_name: owner };
    }),
  };
}

/** Makes the API's list of a branch say what it has been chosen to contain. */
export function replaceContents(present: Contents, chosen: Contents): Change[] {
  return [
    ...present.roles.map(({ id }) => drop('role', id)),
    ...present.databases.map(({ id }) => drop('database', id)),
    ...chosen.roles.map((role) => put('role', role)),
    ...chosen.databases.map((database) => put('database', database)),
  ];
}
