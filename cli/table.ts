import { onOneLine } from '../tenancy/redact.js';

/** Rows as lines, each column as wide as its widest cell; a cell stays on its line, whatever it holds. */
export function table(rows: readonly (readonly string[])[]): string {
  const visible = rows.map((row) => row.map((cell) => onOneLine(cell)));
  const widths = visible.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  );
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  return visible.map((row) => line(row).trimEnd()).join('\n');
}
