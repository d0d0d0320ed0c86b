import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { databaseName, ownerRoleName } from '../../tenancy/naming.js';
import type { ProjectRecord, TestEmulator } from '../support/emulator.js';

const uriReply = z.object({ uri: z.string() });

/** What keeps computes from starting, as whoever wants a tenant out for a while would set it. */
const noQuota = { active_time_seconds: 1, compute_time_seconds: 1 };

/** Above whatever a test's project uses. */
const ampleQuota = { active_time_seconds: 1_000_000_000, compute_time_seconds: 1_000_000_000 };

type Project = Pick<ProjectRecord, 'id'>;

/** Neon's console, in a person's hands: of what is done here, Tenantry hears nothing. */
export class NeonConsole {
  readonly #emulator: TestEmulator;

  constructor(emulator: TestEmulator) {
    this.#emulator = emulator;
  }

  /** The owner's way into the default branch: not as it is sealed, but as it is now. */
  async ownerConnection({ id }: Project): Promise<string> {
    const query = new URLSearchParams({ database_name: databaseName, role_name: ownerRoleName });
    return uriReply.parse(await this.#ask('GET', `/projects/${id}/connection_uri?${query}`)).uri;
  }

  async createProject(name: string): Promise<void> {
    await this.#ask('POST', '/projects', { project: { name } });
  }

  async deleteProject({ id }: Project): Promise<void> {
    await this.#ask('DELETE', `/projects/${id}`);
  }

  async recoverProject({ id }: Project): Promise<void> {
    await this.#ask('POST', `/projects/${id}/recover`);
  }

  async zeroQuota(project: Project): Promise<void> {
    await this.#setQuota(project, noQuota);
  }

  async raiseQuota(project: Project): Promise<void> {
    await this.#setQuota(project, ampleQuota);
  }

  async startCompute(project: ProjectRecord): Promise<void> {
    await this.#ask('POST', `${computeOf(project)}/start`);
  }

  async deleteCompute(project: ProjectRecord): Promise<void> {
    await this.#ask('DELETE', computeOf(project));
  }

  async createCompute(project: ProjectRecord): Promise<void> {
    const endpoint = { branch_id: defaultBranchOf(project), type: 'read_write' };
    await this.#ask('POST', `/projects/${project.id}/endpoints`, { endpoint });
  }

  async enlargeCompute(project: ProjectRecord): Promise<void> {
    const endpoint = { autoscaling_limit_min_cu: 1, autoscaling_limit_max_cu: 4 };
    await this.#ask('PATCH', computeOf(project), { endpoint });
  }

  async resetOwnerPassword(project: ProjectRecord): Promise<void> {
    const branch = defaultBranchOf(project);
    const role = `/projects/${project.id}/branches/${branch}/roles/${ownerRoleName}`;
    await this.#ask('POST', `${role}/reset_password`);
  }

  async createBranch({ id }: Project, name: string): Promise<void> {
    await this.#ask('POST', `/projects/${id}/branches`, { branch: { name } });
  }

  async deleteBranch({ id, branches }: ProjectRecord, name: string): Promise<void> {
    const branch = branches.find((one) => one.name === name);
    if (branch === undefined) throw new Error(`project ${id} has no branch ${name}`);
    await this.#ask('DELETE', `/projects/${id}/branches/${branch.id}`);
  }

  async deleteSnapshot({ id, snapshots }: ProjectRecord, name: string): Promise<void> {
    const snapshot = snapshots.find((one) => one.name === name);
    if (snapshot === undefined) throw new Error(`project ${id} has no snapshot ${name}`);
    await this.#ask('DELETE', `/projects/${id}/snapshots/${snapshot.id}`);
  }

  #setQuota({ id }: Project, quota: object): Promise<unknown> {
    return this.#ask('PATCH', `/projects/${id}`, { project: { settings: { quota } } });
  }

  /** Asks again while Neon is at work on the project; done once it is at work no more. */
  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
      const response = await fetch(this.#emulator.url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#emulator.apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const reply = await response.text();
      if (response.status === 423 && Date.now() < deadline) continue;
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${reply}`);
      if (method !== 'GET') await this.#quiet();
      return reply === '' ? undefined : JSON.parse(reply);
    }
  }

  async #quiet(): Promise<void> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20))
      if ((await this.#emulator.records()).every(({ busy }) => !busy)) return;
  }
}

function defaultBranchOf({ id, branches }: ProjectRecord): string {
  const branch = branches.find((one) => one.default);
  if (branch === undefined) throw new Error(`project ${id} has no default branch`);
  return branch.id;
}

function computeOf(project: ProjectRecord): string {
  const branch = defaultBranchOf(project);
  const endpoint = project.endpoints.find(({ branch_id }) => branch_id === branch);
  if (endpoint === undefined) throw new Error(`the default branch of project ${project.id} has no compute`);
  return `/projects/${project.id}/endpoints/${endpoint.id}`;
}
