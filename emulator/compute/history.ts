import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  archiveTo,
  controlData,
  copyStopped,
  giveTo,
  type LogPosition,
  type Moment,
  type Postgres,
  type PostgresSettings,
  positionValue,
  writeNew,
} from '../../postgres/index.js';

/** How far a branch's past reaches. */
export interface Past {
  /** In milliseconds since the epoch. */
  readonly since: number;
  readonly from: LogPosition;
  /** Unknown after a crash. */
  readonly to: LogPosition | undefined;
}

/** A state to start a replay from. */
export interface Base {
  readonly folder: string;
  /** The first moment that it can show, in milliseconds since the epoch. */
  readonly since: number;
  /** What stands for it among the bases: itself, or a note that it is the template. */
  readonly entry: string;
}

/**
 * What a data directory has been: bases, and an archive of the log since. The first base has to be taken before the
 * first write, so at creation. A project's first branch is the template itself then, which never changes: it costs
 * nothing. A child has no such luck, and its base is a second copy.
 */
export class History {
  readonly #postgres: Postgres;
  readonly #template: string;

  constructor(postgres: Postgres, template: string) {
    this.#postgres = postgres;
    this.#template = template;
  }

  archiveOf(dataDir: string): string {
    return join(dataDirHistory(dataDir), 'wal');
  }

  /** What a cluster has to run with so that nothing of its log is lost; nothing where no history was begun. */
  settingsFor(dataDir: string): PostgresSettings {
    return existsSync(dataDirHistory(dataDir)) ? archiveTo(this.archiveOf(dataDir)) : {};
  }

  beginAtTemplate(dataDir: string, since: number): void {
    this.#begin(dataDir);
    writeNew(join(basesOf(dataDir), `${since}.template`), '');
  }

  /** Begins with a copy of a data directory that nobody runs. */
  async begin(dataDir: string, from: string): Promise<void> {
    this.#begin(dataDir);
    await this.addBase(dataDir, from);
  }

  async addBase(dataDir: string, from: string): Promise<void> {
    const unfinished = join(basesOf(dataDir), 'unfinished');
    rmSync(unfinished, { recursive: true, force: true });
    await copyStopped(this.#postgres, from, unfinished);
    rmSync(join(unfinished, 'postmaster.pid'), { force: true });
    renameSync(unfinished, join(basesOf(dataDir), String(Date.now())));
  }

  /** Oldest first. */
  basesOf(dataDir: string): Base[] {
    if (!existsSync(basesOf(dataDir))) return [];
    return readdirSync(basesOf(dataDir))
      .map((name) => ({
        since: Number.parseInt(name, 10),
        entry: join(basesOf(dataDir), name),
        folder: name.endsWith('.template') ? this.#template : join(basesOf(dataDir), name),
      }))
      .filter(({ since }) => !Number.isNaN(since))
      .sort((a, b) => a.since - b.since);
  }

  /** The latest base before a moment, for the least to replay. @throws when the moment is before the first. */
  async baseBefore(dataDir: string, moment: NonNullable<Moment>): Promise<Base> {
    for (const base of this.basesOf(dataDir).reverse()) if (await this.#isBefore(base, moment)) return base;
    throw new Error('the history of the branch does not reach back that far');
  }

  /**
   * Drops the bases and the log that no moment of the last so many seconds needs. When the newest base has become that
   * old, it is given a successor first, so a history costs one copy for every such span in which the branch was used,
   * and never holds more than two spans.
   */
  async prune(dataDir: string, olderThanSeconds: number): Promise<void> {
    if (olderThanSeconds === 0) return rm(dataDirHistory(dataDir), { recursive: true, force: true });
    const bases = this.basesOf(dataDir);
    const newest = bases.at(-1);
    if (newest === undefined || newest.since > Date.now() - olderThanSeconds * 1000) return;
    await this.addBase(dataDir, dataDir);
    for (const { entry } of bases.slice(0, -1)) await rm(entry, { recursive: true, force: true });
    const first = await this.#firstSegment(newest);
    for (const name of readdirSync(this.archiveOf(dataDir)))
      if (/^[0-9A-F]{24}\./.test(name) && name.slice(8, 24) < first.slice(8))
        rmSync(join(this.archiveOf(dataDir), name));
  }

  async startOf(base: Base): Promise<LogPosition> {
    return (await controlData(this.#postgres, base.folder)).checkpoint;
  }

  async #isBefore(base: Base, moment: NonNullable<Moment>): Promise<boolean> {
    return 'timestamp' in moment
      ? base.since <= Date.parse(moment.timestamp)
      : positionValue(await this.startOf(base)) <= positionValue(moment.lsn);
  }

  /** The oldest segment that a replay from the base reads: a copy of a running cluster has a label that says so. */
  async #firstSegment(base: Base): Promise<string> {
    const label = join(base.folder, 'backup_label');
    const named = existsSync(label)
      ? /\(file ([0-9A-F]{24})\)/.exec(readFileSync(label, 'utf8'))?.[1]
      : undefined;
    return named ?? (await controlData(this.#postgres, base.folder)).redoSegment;
  }

  #begin(dataDir: string): void {
    rmSync(dataDirHistory(dataDir), { recursive: true, force: true });
    for (const folder of [dataDirHistory(dataDir), basesOf(dataDir), this.archiveOf(dataDir)]) {
      mkdirSync(folder, { mode: 0o700 });
      giveTo(this.#postgres.runAs, folder);
    }
  }
}

const dataDirHistory = (dataDir: string) => `${dataDir}.history`;
const basesOf = (dataDir: string) => join(dataDirHistory(dataDir), 'bases');
