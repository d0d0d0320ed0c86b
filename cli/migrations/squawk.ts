import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { releaseOf } from '../../local/needed-packages.js';
import type { MigrationScript } from '../../tenancy/migration-script.js';
import { redact } from '../../tenancy/redact.js';

/** A file without a flaw. */
export interface LintedMigration {
  /** With `.sql`. */
  readonly file: string;
  readonly script: MigrationScript;
}

export interface SquawkFinding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Squawk's name of the rule, such as `adding-required-field`. */
  readonly rule: string;
  readonly words: string;
}

export type Linted =
  | { readonly findings: readonly SquawkFinding[] }
  /** Nothing was linted: why, and what to do about it. */
  | { readonly unchecked: string };

/** Runs squawk on the files as they are applied: without their down parts, each in a transaction or not. */
export async function lintWithSquawk(
  migrations: readonly LintedMigration[],
  squawk: string | undefined = installedSquawk(),
): Promise<Linted> {
  if (squawk === undefined)
    return {
      unchecked: `squawk is not installed: npm install --save-dev squawk-cli@${releaseOf('squawk-cli')}`,
    };
  const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-lint-'));
  try {
    const findings: SquawkFinding[] = [];
    for (const inTransaction of [true, false]) {
      const some = migrations.filter(({ script }) => script.inTransaction === inTransaction);
      const found = await lint(squawk, path.join(folder, String(inTransaction)), some, inTransaction);
      if ('unchecked' in found) return found;
      findings.push(...found.findings);
    }
    return { findings };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The script of the package in the user's project that runs squawk. */
function installedSquawk(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('squawk-cli/js/bin/squawk');
  } catch {
    return undefined;
  }
}

async function lint(
  squawk: string,
  folder: string,
  migrations: readonly LintedMigration[],
  inTransaction: boolean,
): Promise<Linted> {
  if (migrations.length === 0) return { findings: [] };
  await mkdir(folder);
  for (const { file, script } of migrations) await writeFile(path.join(folder, file), script.up);
  // Squawk looks for the project's `.squawk.toml` in its working folder. An option of ours would include again what
  // that file excludes.
  const args = ['--reporter', 'json', ...(inTransaction ? ['--assume-in-transaction'] : [])];
  const files = migrations.map(({ file }) => path.join(folder, file));
  const { stdout, stderr } = await run(squawk, [...args, ...files]);
  const report = reportSchema.safeParse(parsed(stdout));
  if (!report.success) {
    const [why = ''] = stderr.trim().split('\n');
    return { unchecked: `squawk did not run: ${why === '' ? 'it said nothing' : redact(why)}` };
  }
  const byFile = new Map(migrations.map((migration) => [migration.file, migration]));
  return {
    findings: report.data.flatMap((found) => {
      const file = path.basename(found.file);
      const migration = byFile.get(file);
      return migration === undefined ? [] : findingOf(migration, found);
    }),
  };
}

const reportSchema = z.array(
  z.object({
    file: z.string(),
    /** From 0. */
    line: z.number().int(),
    message: z.string(),
    help: z.string().nullish(),
    rule_name: z.string(),
  }),
);

type Found = z.infer<typeof reportSchema>[number];

/** Tenantry sets both for each file: see `apply-migration.ts`. */
const seenTo: ReadonlySet<string> = new Set(['require-lock-timeout', 'require-statement-timeout']);

/** Rules about removing what older code may still use. A contract waits for that code. */
const contracts: ReadonlySet<string> = new Set([
  'ban-drop-column',
  'ban-drop-table',
  'renaming-column',
  'renaming-table',
]);

const concurrently: ReadonlySet<string> = new Set([
  'require-concurrent-index-creation',
  'require-concurrent-index-deletion',
]);

function findingOf({ file, script }: LintedMigration, found: Found): SquawkFinding[] {
  const { rule_name: rule, message } = found;
  if (seenTo.has(rule) || (script.isContract && contracts.has(rule))) return [];
  const help = helpOn(rule) ?? found.help ?? undefined;
  return [{ file, line: found.line + 1, rule, words: help === undefined ? message : `${message} ${help}` }];
}

/** Tenantry's own remedy, if it has one. */
function helpOn(rule: string): string | undefined {
  if (contracts.has(rule))
    return 'Say so with "-- tenantry: contract", and the file waits until nobody uses it any more.';
  if (concurrently.has(rule))
    return 'Use `concurrently`, alone in a file that begins with "-- tenantry: no transaction".';
  return undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

async function run(script: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  // It exits with 1 when it has findings.
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr };
}
