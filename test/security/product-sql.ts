import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { checkoutRoot } from '../../local/state-directory.js';

export interface ProductSql {
  /** Every name that is called in the product's SQL, without its schema. */
  readonly functions: readonly string[];
  readonly operators: readonly string[];
  /** Calls of Postgres' own functions that are written without `pg_catalog.`, each with its file. */
  readonly unqualified: readonly string[];
}

/** Words that stand before a parenthesis in SQL and are no functions that could be shadowed. */
const grammar = new Set(
  `all and any array as bit by cast cluster coalesce columns concurrently default distinct execute exists extract filter
   for from function grant greatest having if in inherit insert into is join key least limit login not null nullif of on
   only or order over partition references returning revoke row schema select set some table then to type union using
   values varchar when where with within numeric char int text`.split(/\s+/),
);

/** Reads the SQL out of the source of a room: whatever string holds a statement. */
export function productSql(room: string): ProductSql {
  const functions = new Set<string>();
  const operators = new Set<string>();
  const unqualified = new Set<string>();
  for (const file of filesIn(path.join(checkoutRoot, room))) {
    for (const text of literalsOf(file)) {
      const sql = text
        .replace(/'(?:[^']|'')*'/g, "''")
        .replace(/"[^"]*"/g, '"x"')
        .replace(/--.*$/gm, '');
      for (const [, schema, name = ''] of sql.matchAll(/(?:([a-z_]+)\.)?\b([a-z_][a-z0-9_]*)\(/gi)) {
        const called = name.toLowerCase();
        if (grammar.has(called)) continue;
        functions.add(called);
        if (schema !== 'pg_catalog') unqualified.add(`${path.basename(file)}: ${called}`);
      }
      for (const [, operator = ''] of sql.matchAll(/\s([-+*/<>=~!@#%^&|]{1,3})(?=\s)/g))
        operators.add(operator);
    }
  }
  return { functions: [...functions], operators: [...operators], unqualified: [...unqualified] };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));
}

const statement =
  /^\s*(?:\(?\s*(?:select|with|insert|update|delete|alter|create|drop|grant|revoke|lock|set|reset|begin|do|copy)\b|exists \(|pg_catalog\.)/i;

/** The text of each string, or of each template as a whole, that begins as a statement or a piece of one does. */
function literalsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(' x '));
      for (const span of node.templateSpans) visit(span.expression);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.filter((text) => statement.test(text));
}
