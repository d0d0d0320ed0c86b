import type { MigrationScript } from './migration-script.js';
import { readSqlScript, type SqlStatement } from './sql-script.js';

/*
 * Warnings about a migration that can be applied, or that the tenant's Postgres is going to refuse. They cover only
 * what no SQL linter can know: the owner applies the files, is not a superuser at Neon, and the tenant has its own
 * limited role in the database. Each rule has a test that proves it on a real database.
 */

export interface MigrationWarning {
  /** A word for the rule, such as `another-role`. */
  readonly rule: string;
  /** The line in the file, from 1. */
  readonly line: number;
  /** The fault and its remedy. */
  readonly words: string;
}

export function warningsOfMigration({ up }: MigrationScript): MigrationWarning[] {
  return readSqlScript(up).statements.flatMap((statement) => {
    const text = up.slice(statement.from, statement.to);
    return rules
      .filter(({ fits }) => fits(statement, text))
      .map(({ rule, words }) => ({ rule, line: statement.line, words }));
  });
}

interface Rule extends Pick<MigrationWarning, 'rule' | 'words'> {
  fits(statement: SqlStatement, text: string): boolean;
}

const rules: readonly Rule[] = [
  {
    rule: 'superuser-only',
    words: 'only a superuser may do, and the owner is none at Neon: the file is going to fail',
    fits: ({ words }, text) =>
      begins(words, 'alter', 'system') ||
      (begins(words, 'set', 'session', 'authorization') && words.at(-1) !== 'default') ||
      (words[0] === 'copy' && !/\bstd(in|out)\b/i.test(text)),
  },
  {
    rule: 'extension-not-at-neon',
    words: 'makes an extension that Neon does not have: the file is going to fail',
    fits: (_statement, text) => {
      const name = /^create\s+extension\s+(?:if\s+not\s+exists\s+)?"?(?<name>[\w-]+)/i.exec(text)?.groups
        ?.name;
      return name !== undefined && notAtNeon.has(name.toLowerCase());
    },
  },
  {
    rule: 'another-role',
    words:
      "takes another role: what the file makes from here on belongs to that one, and the tenant's own role gets no rights in it",
    fits: ({ words }) =>
      (begins(words, 'set', 'role') || /^set (local|session) role/.test(words.join(' '))) &&
      words.at(-1) !== 'none',
  },
  {
    rule: 'another-owner',
    words:
      "gives it to another role than the database's owner: the tenant's own role gets no rights in it, and a later file may not be able to change it",
    fits: ({ words }) => {
      const said = words.join(' ');
      return (
        /^alter .*\bowner to\b(?! (current_user|current_role|session_user)\b)/.test(said) ||
        /^reassign owned\b/.test(said)
      );
    },
  },
  {
    rule: 'own-roles',
    words:
      'makes a role: a move refuses a project with roles that it does not know, and one that can log in has to be listed under "logins" in the fleet\'s file',
    fits: ({ words }) => /^create (role|user(?! mapping)|group)\b/.test(words.join(' ')),
  },
  {
    rule: 'own-schema',
    words:
      'reaches into the schema "tenantry", where Tenantry keeps the ledger of migrations: leave it alone',
    fits: ({ words }, text) =>
      words.includes('tenantry') &&
      /\btenantry\s*\.|\bschema\s+(if\s+(not\s+)?exists\s+)?tenantry\b/i.test(text),
  },
  {
    rule: 'open-public',
    words:
      'lets everybody make things in the schema "public", where they could run as the owner: the migration of a tenant in use fails of it at the end',
    fits: ({ words }) =>
      /^grant (?:\w+ )*(?:create|all) (?:\w+ )*on schema public to public\b/.test(words.join(' ')),
  },
  {
    rule: 'definer-without-path',
    words:
      'runs as the owner and finds names where its caller says, so the tenant can have code of its own run as the owner: add "set search_path = …, pg_temp"',
    fits: ({ words }) => {
      const said = words.join(' ');
      return (
        /^create (or replace )?(function|procedure)\b/.test(said) &&
        /\bsecurity definer\b/.test(said) &&
        !/\bset search_path\b/.test(said)
      );
    },
  },
];

/**
 * Neon documents that it lacks the first two (neon.com/docs/extensions/pg-extensions). Its list does not have the
 * languages, whose functions can do everything on the server that the server's own user can.
 */
const notAtNeon: ReadonlySet<string> = new Set(['file_fdw', 'sslinfo', 'plperlu', 'plpython3u', 'pltclu']);

function begins(words: readonly string[], ...first: readonly string[]): boolean {
  return first.every((word, at) => words[at] === word);
}
