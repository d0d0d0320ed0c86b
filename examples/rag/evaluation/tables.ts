import type { Thresholds } from '../search/result.js';
import { type Asked, isAnswerable, qualityOf } from './measure.js';
import { type Refusals, refusalsOf } from './refusals.js';

export function qualityTable(measured: ReadonlyMap<string, readonly Asked[]>): string {
  const rows = [...measured].map(([way, asked]) => {
    const { recallAt5, mrr, ndcgAt10 } = qualityOf(asked);
    const count = asked.filter(isAnswerable).length;
    return [way, String(count), ...[recallAt5, mrr, ndcgAt10].map((value) => value.toFixed(3))];
  });
  return tableOf(['search', 'questions', 'recall@5', 'MRR', 'nDCG@10'], rows);
}

export function refusalTable(sets: Readonly<Record<string, Refusals>>): string {
  const rows = Object.entries(sets).map(([name, refusals]) => {
    const { answerable, unanswerable } = refusals;
    return [
      name,
      `${refusals.refused} of ${unanswerable}`,
      `${refusals.notClaimed} of ${unanswerable}`,
      `${refusals.falselyRefused} of ${answerable}`,
      `${refusals.cautioned} of ${answerable}`,
    ];
  });
  const head = [
    'thresholds',
    'no answer: refused',
    'no answer: not claimed',
    'answer: refused',
    'answer: cautioned',
  ];
  return tableOf(head, rows);
}

/** Of the questions with an answer, by kind. */
export function falselyRefusedTable(asked: readonly Asked[], thresholds: Thresholds): string {
  const answerable = asked.filter(isAnswerable);
  const kinds = [...new Set(answerable.map(({ question }) => question.kind))];
  const rows = kinds.map((kind) => {
    const ofKind = answerable.filter(({ question }) => question.kind === kind);
    const { falselyRefused, cautioned } = refusalsOf(ofKind, thresholds);
    return [kind, String(ofKind.length), String(falselyRefused), String(cautioned)];
  });
  return tableOf(['kind of question', 'questions', 'refused', 'cautioned'], rows);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
