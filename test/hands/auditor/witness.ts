import type { TestTenantry } from '../../support/tenantry.js';
import { NeonConsole } from '../neon-console.js';

/** What was true once, and nobody else remembers: who could get in, and with what. */
export class Witness {
  /** Every connection string that was ever published. */
  readonly published = new Set<string>();
  /** What must be in no history. */
  readonly secrets = new Set<string>();

  /** Takes down how things stand now. What cannot be read just now is not to be had: somebody is at work. */
  async look(t: Pick<TestTenantry, 'tenantry' | 'emulator'>, id: string): Promise<void> {
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
