import { type MigrationScript, readMigrationScript } from './migration-script.js';

/*
 * The rules for a folder of migrations. If a file is skipped, has another position than it appears to, or has other
 * bytes than it appears to, a tenant becomes ready without its tables; the same happens with a script that runs
 * otherwise than it reads.
 */

/** A file of the folder, as it is on disk; without bytes when it cannot be read. */
export interface MigrationFile {
  readonly name: string;
  readonly bytes: Uint8Array | undefined;
}

export interface MigrationFlaw {
  readonly file: string;
  readonly line?: number;
  /** The fault and its remedy. */
  readonly words: string;
}

/** `0002_notes.sql, line 3, is not UTF-8 …` */
export function flawInWords({ file, line, words }: MigrationFlaw): string {
  return line === undefined ? `${file} ${words}` : `${file}, line ${line}, ${words}`;
}

/** Whether a file of the folder is a migration, or is meant to be one. All other files are left alone. */
export function isMigration(name: string): boolean {
  return /\.sql$/i.test(name) && !name.startsWith('.');
}

/** All reasons to refuse a folder of migrations before any of them is applied, in the order of the files. */
export function flawsOfMigrations(files: readonly MigrationFile[]): MigrationFlaw[] {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...sorted.flatMap(flawsOfName), ...flawsOfOrder(sorted), ...sorted.flatMap(flawsOfContent)];
}

/** The names of migrations in the order of their application, without `.sql`. */
export function inOrder(names: readonly string[]): string[] {
  return names.map((name) => name.replace(/\.sql$/, '')).sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1));
}

/** A bigint, because a timestamp to the millisecond exceeds the digits of a number. */
export function numberOf(name: string): bigint {
  return BigInt(/^\d+/.exec(name)?.[0] ?? 0);
}

function flawsOfName({ name: file }: MigrationFile): MigrationFlaw[] {
  if (!file.endsWith('.sql')) return [{ file, words: 'is left out, for its name does not end with ".sql"' }];
  if (!/^\d/.test(file))
    return [{ file, words: 'does not begin with a number, which says when it is applied' }];
  if (!/^[\p{L}\p{N}._ -]+$/u.test(file))
    return [{ file, words: 'has a character in its name that is no letter, digit, space, ".", "_" or "-"' }];
  return [];
}

/**
 * A number with at least this many digits is a timestamp, to the minute, second or millisecond: a larger number is
 * only later among timestamps of the same length.
 */
const minuteDigits = 12;

function flawsOfOrder(files: readonly MigrationFile[]): MigrationFlaw[] {
  const numbered = files.filter(({ name }) => /^\d/.test(name));
  const digits = ({ name }: MigrationFile) => /^\d+/.exec(name)?.[0].length ?? 0;
  const times = numbered
    .filter((file) => digits(file) >= minuteDigits)
    .sort((one, other) => digits(one) - digits(other));
  const flaws: MigrationFlaw[] = [];
  const [shortest, longest] = [times[0], times.at(-1)];
  if (shortest !== undefined && longest !== undefined && digits(shortest) !== digits(longest))
    flaws.push({
      file: longest.name,
      words: `has a number of ${digits(longest)} digits, so it would be applied after all that have fewer, such as ${shortest.name}: give all files numbers of one length, such as 14`,
    });
  const byNumber = new Map<bigint, string[]>();
  for (const { name } of numbered)
    byNumber.set(numberOf(name), [...(byNumber.get(numberOf(name)) ?? []), name]);
  for (const [number, [file = '', ...same]] of byNumber)
    if (same.length > 0)
      flaws.push({ file, words: `and ${same.join(' and ')} have the same number, ${number}` });
  return flaws;
}

/** Nobody would send more than this to every tenant in one statement on purpose. */
const longest = 16 * 1024 * 1024;

function flawsOfContent({ name: file, bytes }: MigrationFile): MigrationFlaw[] {
  if (bytes === undefined) return [{ file, words: 'cannot be read' }];
  if (bytes.length > longest) return [{ file, words: 'is larger than 16 MiB: split it' }];
  const unread = flawOfBytes(file, bytes);
  if (unread !== undefined) return [unread];
  const read = readMigrationScript(textOf(bytes));
  return 'script' in read ? [] : read.flaws.map((flaw) => ({ file, ...flaw }));
}

/** The script of a file without flaws. */
export function scriptOf({ name, bytes }: MigrationFile): MigrationScript {
  const read = bytes === undefined ? undefined : readMigrationScript(textOf(bytes));
  if (read !== undefined && 'script' in read) return read.script;
  throw new Error(`${name} has a flaw, and was to be refused for it`);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function flawOfBytes(file: string, bytes: Uint8Array): MigrationFlaw | undefined {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return { file, words: 'is UTF-16: save it as UTF-8' };
  if (first === 0xef && second === 0xbb && third === 0xbf)
    return {
      file,
      words: 'begins with a byte order mark, which Postgres takes for a letter: save it as UTF-8 without one',
    };
  const zero = bytes.indexOf(0);
  if (zero >= 0) return { file, line: lineAt(bytes, zero), words: 'holds a byte 0, which no statement can' };
  const broken = firstNotUtf8(bytes);
  return broken === undefined
    ? undefined
    : { file, line: broken, words: 'is not UTF-8, or not all of it: save it as UTF-8' };
}

/**
 * The line of the first byte that is not UTF-8. In UTF-8, the byte of a line break is never part of another
 * character.
 */
function firstNotUtf8(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    decoder.decode(bytes);
    return undefined;
  } catch {}
  let from = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    try {
      decoder.decode(bytes.subarray(from, end === -1 ? undefined : end));
    } catch {
      return line;
    }
    if (end === -1) return line;
    from = end + 1;
  }
}

function lineAt(bytes: Uint8Array, at: number): number {
  return bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
}
