import { randomInt } from 'node:crypto';
import { scramVerifier } from '../compute/scram.js';
import { now } from './clock.js';
import { newId } from './ids.js';
import type { Branch, Database, Endpoint, Project, Role } from './records.js';

/*
 * New records with everything that follows from what the caller said.
 */

export function newBranch(project: Project, fields: Pick<Branch, 'default'> & Partial<Branch>): Branch {
  const time = now();
  const id = newId.branch();
  return {
    id,
    project_id: project.id,
    name: id,
    current_state: 'init',
    pending_state: 'ready',
    state_changed_at: time,
    protected: false,
    init_source: 'parent-data',
    annotations: {},
    ...fields,
    created_at: time,
    updated_at: time,
  };
}

export function newEndpoint(
  project: Project,
  branch: Branch,
  fields: Pick<Endpoint, 'id' | 'port'> & Partial<Endpoint>,
): Endpoint {
  const time = now();
  const defaults = project.default_endpoint_settings;
  return {
    project_id: project.id,
    branch_id: branch.id,
    type: 'read_write',
    current_state: 'init',
    pending_state: 'active',
    settings: {
      ...(defaults.pg_settings && { pg_settings: defaults.pg_settings }),
      ...(defaults.pgbouncer_settings && { pgbouncer_settings: defaults.pgbouncer_settings }),
    },
    autoscaling_limit_min_cu: defaults.autoscaling_limit_min_cu,
    autoscaling_limit_max_cu: defaults.autoscaling_limit_max_cu,
    suspend_timeout_seconds: defaults.suspend_timeout_seconds,
    pooler_enabled: false,
    disabled: false,
    passwordless_access: true,
    ...fields,
    created_at: time,
    updated_at: time,
  };
}

export function newRole(project: Project, branch: Branch, name: string, password: string | undefined): Role {
  const time = now();
  return {
    id: `${branch.id}/${name}`,
    project_id: project.id,
    branch_id: branch.id,
    name,
    no_login: password === undefined,
    ...secretsOf(project, password),
    created_at: time,
    updated_at: time,
  };
}

/** What is kept of a password: all of it only where the project says so. */
export function secretsOf(
  project: Project,
  password: string | undefined,
): Pick<Role, 'password' | 'verifier'> {
  if (password === undefined) return { password: undefined, verifier: undefined };
  return { password: project.store_passwords ? password : undefined, verifier: scramVerifier(password) };
}

export function newDatabase(branch: Branch, name: string, ownerName: string): Database {
  const time = now();
  return {
    id: `${branch.id}/${name}`,
    number: randomInt(1, 2 ** 31),
    project_id: branch.project_id,
    branch_id: branch.id,
    name,
    owner_name: ownerName,
    created_at: time,
    updated_at: time,
  };
}

/** The same role or database on another branch. */
export function rehomed<R extends Role | Database>(record: R, branch: Branch): R {
  const moved = record.branch_id !== branch.id;
  return {
    ...record,
    id: `${branch.id}/${record.name}`,
    branch_id: branch.id,
    ...(moved && { created_at: now(), updated_at: now() }),
  };
}
