import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { routes } from '../../emulator/api/routes.js';
import { operations } from './description.js';

const note = z.object({ id: z.string(), client: z.string() });

/** For each kind of resource: how many operations Neon describes, how many we answer, and who has asked for them. */
export function coverageTable(folder: string): string | undefined {
  const notes = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => note.parse(JSON.parse(line))),
  );
  if (notes.length === 0) return undefined;
  const answered = new Set(routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`));
  const implemented = operations.filter(({ method, path }) =>
    answered.has(`${method.toUpperCase()} ${path}`),
  );
  const clients = [...new Set(['tests', ...notes.map(({ client }) => client).sort()])];
  const exercised = (id: string, client?: string) =>
    notes.some((one) => one.id === id && (client === undefined || one.client === client));

  const tags = [...new Set(operations.map(({ tag }) => tag))].sort();
  const row = (name: string, belongs: (tag: string) => boolean) => {
    const ours = implemented.filter(({ tag }) => belongs(tag));
    return [
      name,
      operations.filter(({ tag }) => belongs(tag)).length,
      ours.length,
      ours.filter(({ id }) => exercised(id)).length,
      ...clients.map((client) => ours.filter(({ id }) => exercised(id, client)).length),
    ];
  };
  const head = ['operations of Neon’s API', 'described', 'implemented', 'exercised', ...clients];
  const rows = [head, ...tags.map((tag) => row(tag, (other) => other === tag)), row('all', () => true)];
  const idle = implemented.filter(({ id }) => !exercised(id)).map(({ id }) => id);
  return `${inColumns(rows)}${idle.length === 0 ? '' : `\nimplemented, yet not exercised: ${idle.join(', ')}`}`;
}

function inColumns(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  const cell = (value: string | number, at: number) =>
    typeof value === 'number' ? String(value).padStart(widths[at] ?? 0) : value.padEnd(widths[at] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
