import { onOneLine } from '../tenancy/redact.js';

/** Formats rows as lines, each column as wide as its widest cell. A cell stays on its line, whatever it contains. */
export function table(rows: readonly (readonly string[])[]): string {
  return growingTable()(rows);
}

/**
 * A table whose rows come in parts: a column is as wide as the widest cell so far, so that no part waits for another.
 */
export function growingTable(): (rows: readonly (readonly string[])[]) => string {
  const widths: number[] = [];
  return (rows) => {
    const visible = rows.map((row) => row.map((cell) => onOneLine(cell)));
    for (const row of visible)
      for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
    const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
    return visible.map((row) => line(row).trimEnd()).join('\n');
  };
}
