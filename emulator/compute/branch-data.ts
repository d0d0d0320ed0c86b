import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import {
  type Cluster,
  copyStopped,
  endPostmasterOf,
  giveTo,
  onceWhole,
  type Postgres,
  writeNew,
} from '../../postgres/index.js';
import { Copies, type Made, type Making } from './copies.js';
import { type DataOwner, dataDirOf } from './data-owner.js';
import { History, type Past } from './history.js';
import type { ClusterRoom } from './template.js';

const made = z.object({
  lsn: z.string(),
  inventory: z
    .object({
      roles: z.array(z.object({ name: z.string(), verifier: z.string().nullable() })),
      databases: z.array(z.object({ name: z.string(), owner: z.string() })),
    })
    .optional(),
});

/** The data directories of branches and snapshots, apart from who runs them. */
export class BranchData {
  readonly history: History;
  readonly #postgres: Postgres;
  readonly #room: ClusterRoom;
  readonly #copies: Copies;

  constructor(postgres: Postgres, room: ClusterRoom) {
    this.#postgres = postgres;
    this.#room = room;
    this.history = new History(postgres, room.template);
    this.#copies = new Copies(postgres, room, this.history);
  }

  dirOf(owner: DataOwner): string {
    return dataDirOf(this.#room, owner);
  }

  /** @param since when its history begins; without it there is none. */
  async createEmpty(owner: DataOwner, since: number | undefined): Promise<void> {
    const dataDir = this.#folderFor(owner);
    await onceWhole(dataDir, async (unfinished) => {
      if (since !== undefined) this.history.beginAtTemplate(dataDir, since);
      await copyStopped(this.#postgres, this.#room.template, unfinished);
    });
  }

  /** @param running the source's cluster, when it runs; it must neither start nor stop meanwhile. */
  async make(owner: DataOwner, making: Making, running: Cluster | undefined): Promise<Made> {
    const dataDir = this.#folderFor(owner);
    const note = `${dataDir}.made`;
    await onceWhole(dataDir, async (unfinished) => {
      const result = await this.#copies.make(making, running, unfinished, `${dataDir}.log`);
      if (making.remembers) await this.history.begin(dataDir, unfinished);
      // Whoever does this again after a crash finds the data there and learns the same of it.
      writeNew(note, JSON.stringify(result));
    });
    return made.parse(JSON.parse(readFileSync(note, 'utf8')));
  }

  /** Begins the history of a branch that has none and is about to be written to, where the project wants one. */
  async remember(owner: DataOwner, retentionSeconds: number): Promise<void> {
    const dataDir = this.dirOf(owner);
    if (retentionSeconds === 0 || this.history.basesOf(dataDir).length > 0) return;
    await endPostmasterOf(dataDir);
    await this.history.begin(dataDir, dataDir);
  }

  async destroy(owner: DataOwner): Promise<void> {
    const dataDir = this.dirOf(owner);
    for (const suffix of ['', '.new', '.log', '.made', '.history'])
      await rm(dataDir + suffix, { recursive: true, force: true });
    const folder = dirname(dataDir);
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }

  async pastOf(owner: DataOwner, running: Cluster | undefined): Promise<Past | undefined> {
    const [oldest] = this.history.basesOf(this.dirOf(owner));
    if (oldest === undefined) return undefined;
    const [from, to] = [
      await this.history.startOf(oldest),
      await this.#copies.headOf(this.dirOf(owner), running),
    ];
    return { since: oldest.since, from, to };
  }

  #folderFor(owner: DataOwner): string {
    const dataDir = this.dirOf(owner);
    mkdirSync(dirname(dataDir), { recursive: true, mode: 0o700 });
    giveTo(this.#postgres.runAs, dirname(dataDir));
    return dataDir;
  }
}
