import type { Thresholds } from '../search/result.js';
import { type Asked, isAnswerable, qualityOf } from './measure.js';
import { refusalsOf } from './refusals.js';

export function qualityTable(measured: ReadonlyMap<string, readonly Asked[]>): string {
  const rows = [...measured].map(([way, asked]) => {
    const { recallAt5, mrr, ndcgAt10 } = qualityOf(asked);
    const count = asked.filter(isAnswerable).length;
    return [way, String(count), ...[recallAt5, mrr, ndcgAt10].map((value) => value.toFixed(3))];
  });
  return tableOf(['search', 'questions', 'recall@5', 'MRR', 'nDCG@10'], rows);
}

export function refusalTable(
  sets: Readonly<Record<string, readonly Asked[]>>,
  thresholds: Thresholds,
): string {
  const rows = Object.entries(sets).map(([name, asked]) => {
    const refusals = refusalsOf(asked, thresholds);
    const { answerable, unanswerable } = refusals;
    return [
      name,
      `${refusals.notClaimed} of ${unanswerable}`,
      `${refusals.refused} of ${unanswerable}`,
      `${refusals.falselyRefused} of ${answerable}`,
      `${refusals.cautioned} of ${answerable}`,
    ];
  });
  const head = [
    'questions',
    'no answer: not claimed',
    'no answer: refused',
    'answer: refused',
    'answer: cautioned',
  ];
  return tableOf(head, rows);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
