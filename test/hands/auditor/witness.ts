import type { ProjectRecord } from '../../support/emulator.js';
import type { TestTenantry } from '../../support/tenantry.js';
import { NeonConsole } from '../neon-console.js';

/** A snapshot, a copy or a state before a restore, as Neon has it. */
export interface KeptAtNeon {
  readonly kind: 'snapshot' | 'branch';
  readonly name: string;
  readonly projectId: string;
  /** When Neon is to delete it, in milliseconds since the epoch; never where it is not said. */
  readonly expiresAt: number | undefined;
  readonly seenAt: number;
}

/** All that a project has beside its live branch, by Neon's id. */
export function keptIn({ id: projectId, branches, snapshots }: ProjectRecord): Map<string, KeptAtNeon> {
  const seenAt = Date.now();
  const all = [
    ...snapshots.map((snapshot) => ({ kind: 'snapshot' as const, ...snapshot })),
    ...branches
      .filter(({ name, default: isLive }) => !isLive && /^(support\/|before-restore-)/.test(name))
      .map((branch) => ({ kind: 'branch' as const, ...branch })),
  ];
  return new Map(
    all.map(({ id, kind, name, expires_at }) => [
      id,
      {
        kind,
        name,
        projectId,
        expiresAt: expires_at === null ? undefined : Date.parse(expires_at),
        seenAt,
      },
    ]),
  );
}

/** A tenant's projects at Neon that are not deleted. The digest in a name is the product's affair; that names begin like this is its promise. */
export function projectsOf(fleet: string, id: string, records: readonly ProjectRecord[]): ProjectRecord[] {
  return records.filter(({ name, deleted_at }) => deleted_at === null && name.startsWith(`${fleet}-${id}-`));
}

/** What was true once, and nobody else remembers: who could get in, and with what; and what Neon had of the tenant's. */
export class Witness {
  /** Every connection string that was ever published. */
  readonly published = new Set<string>();
  /** What must be in no history. */
  readonly secrets = new Set<string>();
  /** What stood at Neon beside a live branch, by the emulator's own records and Neon's ids. */
  readonly kept = new Map<string, KeptAtNeon>();

  /** Takes down how things stand now. What cannot be read just now is not to be had: somebody is at work. */
  async look(t: Pick<TestTenantry, 'tenantry' | 'emulator' | 'fleet'>, id: string): Promise<void> {
    for (const project of projectsOf(t.fleet.name, id, await t.emulator.records()))
      for (const [neonId, kept] of keptIn(project)) this.kept.set(neonId, kept);
    const connection = await t.tenantry.connectionString(id).catch(() => undefined);
    if (connection !== undefined) {
      this.published.add(connection);
      this.#keep(connection);
    }
    const projectId = (await t.tenantry.get(id))?.projectId;
    if (projectId === undefined) return;
    const owner = await new NeonConsole(t.emulator).ownerConnection({ id: projectId }).catch(() => undefined);
    if (owner !== undefined) this.#keep(owner);
    for (const { name } of await t.tenantry.branches(id)) {
      const copy = await t.tenantry.branchConnectionString(id, name).catch(() => undefined);
      if (copy !== undefined) this.#keep(copy);
    }
  }

  #keep(connection: string): void {
    this.secrets.add(decodeURIComponent(new URL(connection).password));
  }
}
