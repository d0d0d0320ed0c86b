import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The rooms whose SQL runs as the superuser of a tenant's cluster. */
const rooms = ['emulator/compute', 'postgres'];
const looksLikeSql =
  /\b(SELECT|CREATE|ALTER|DROP|UPDATE|DELETE|TRUNCATE|REASSIGN|REFRESH|EXECUTE|RAISE|BEGIN|GRANT|SET)\b/;

export interface Statement {
  readonly file: string;
  /** With `x` where a value is put in. */
  readonly text: string;
}

/** Every piece of SQL in the emulator, found in its source, so that new SQL is looked at without being asked for. */
export function superuserSql(): Statement[] {
  return rooms.flatMap((room) =>
    readdirSync(room)
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => literalsOf(join(room, name)))
      .filter(({ text }) => looksLikeSql.test(text)),
  );
}

function literalsOf(file: string): Statement[] {
  const found: Statement[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push({ file, text: node.text });
    if (ts.isTemplateExpression(node))
      found.push({
        file,
        text: node.head.text + node.templateSpans.map(({ literal }) => `x${literal.text}`).join(''),
      });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export interface FunctionCall {
  readonly file: string;
  readonly name: string;
  readonly schema: string | undefined;
}

/** Keywords are written in capitals here, so that what is in small letters before a parenthesis is a function. */
export function callsIn({ file, text }: Statement): FunctionCall[] {
  return [...text.matchAll(/(?<![\w.'"])(?:([a-z_]+)\.)?([a-z_][a-z0-9_]*)\(/g)].map(
    ([, schema, name = '']) => ({ file, schema, name }),
  );
}

/** What `IN` and `LIKE` are by another name, and every run of characters that can be an operator. */
export function operatorsIn({ text }: Statement): string[] {
  const written = [...text.matchAll(/[-+*/<>=~!@#%^&|`?]+/g)].map(([run]) => run);
  return [...written.filter((run) => !/--|\/\*|=>|[^~!@#%^&|`?]+[-+]$/.test(run)), '=', '<>', '~~', '!~~'];
}
