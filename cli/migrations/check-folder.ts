import {
  flawsOfMigrations,
  inOrder,
  type MigrationFile,
  type MigrationFlaw,
  numberOf,
  scriptOf,
} from '../../tenancy/migration-files.js';
import { warningsOfMigration } from '../../tenancy/migration-warnings.js';
import { type LintedMigration, lintWithSquawk } from './squawk.js';

/** A file that can be applied, but should be changed. */
export interface CheckWarning {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly source: 'tenantry' | 'squawk';
  readonly rule: string;
  readonly words: string;
}

export interface CheckedFolder {
  readonly files: number;
  /** Without `.sql`. */
  readonly newest: string | undefined;
  /** The reasons why no onboarding would begin. */
  readonly flaws: readonly MigrationFlaw[];
  /** In the order in which the files are applied. */
  readonly warnings: readonly CheckWarning[];
  /** The checks that were not made, and why. */
  readonly unchecked: readonly string[];
}

export interface CheckOptions {
  /** Only warns of files that come after this one: a number, or a name that begins with one. */
  readonly after?: string | undefined;
  /** Runs squawk. @default the one in the user's project */
  readonly squawk?: string | undefined;
}

/** Reads a folder of migrations as every onboarding does, and checks the effects of its files. It needs no server. */
export async function checkFolder(
  files: readonly MigrationFile[],
  { after, squawk }: CheckOptions = {},
): Promise<CheckedFolder> {
  const flaws = flawsOfMigrations(files);
  const flawed = new Set(flaws.map(({ file }) => file));
  const byName = new Map(files.map((file) => [file.name, file]));
  const sound = inOrder(files.map(({ name }) => name)).flatMap((name): LintedMigration[] => {
    const file = byName.get(`${name}.sql`);
    const passed = after !== undefined && numberOf(name) <= numberOf(after);
    if (file === undefined || flawed.has(file.name) || passed) return [];
    return [{ file: file.name, script: scriptOf(file) }];
  });
  const linted = await lintWithSquawk(sound, squawk);
  const warnings: CheckWarning[] = [
    ...sound.flatMap(({ file, script }) =>
      warningsOfMigration(script).map((warning) => ({ file, source: 'tenantry' as const, ...warning })),
    ),
    ...('findings' in linted
      ? linted.findings.map((finding) => ({ ...finding, source: 'squawk' as const }))
      : []),
  ];
  const place = new Map(sound.map(({ file }, at) => [file, at]));
  return {
    files: files.length,
    newest: inOrder(files.map(({ name }) => name)).at(-1),
    flaws,
    warnings: warnings.sort((a, b) => (place.get(a.file) ?? 0) - (place.get(b.file) ?? 0) || a.line - b.line),
    unchecked:
      'unchecked' in linted && sound.length > 0
        ? [`which locks the files take, what they rewrite, and what older code misses: ${linted.unchecked}`]
        : [],
  };
}
