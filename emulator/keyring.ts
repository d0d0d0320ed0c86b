import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from './errors.js';
import type { KeyKind } from './options.js';
import { put } from './state/changes.js';
import { now } from './state/clock.js';
import { newId, newKeySecret } from './state/ids.js';
import { keyId, newKey } from './state/keys.js';
import type { Account } from './state/records.js';
import type { Store } from './state/store.js';

/** The emulator's one organization, and the keys to it. */
export class Keyring {
  readonly #store: Store;
  readonly #file: string;

  constructor(store: Store, dataDir: string) {
    this.#store = store;
    this.#file = join(dataDir, 'organization.key');
  }

  account(): Account {
    const [known] = this.#store.of.account.all();
    if (known !== undefined) return known;
    const account: Account = { id: newId.organization(), userId: randomUUID(), createdAt: now() };
    this.#store.commit([put('account', account)]);
    return account;
  }

  /** The key a caller has chosen, or the one of the first start. */
  organizationKey(chosen: string | undefined): string {
    const secret = chosen ?? this.#keptSecret();
    if (this.#store.of.key.get(keyId(secret)) === undefined)
      this.#store.commit([put('key', newKey({ kind: 'organization', name: 'emulator', secret }).record)]);
    return secret;
  }

  create(kind: KeyKind, projectId: string | undefined): string {
    if (kind === 'project' && this.#store.of.project.get(projectId ?? '') === undefined)
      throw notFound('project not found');
    const { secret, record } = newKey({ kind, projectId: kind === 'project' ? projectId : undefined });
    this.#store.commit([put('key', record)]);
    return secret;
  }

  #keptSecret(): string {
    if (!existsSync(this.#file)) writeFileSync(this.#file, newKeySecret('org'), { mode: 0o600 });
    return readFileSync(this.#file, 'utf8');
  }
}
