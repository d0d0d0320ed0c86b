import { styleText } from 'node:util';
import { onLines, onOneLine } from '../../tenancy/redact.js';
import type { Result } from './check.js';

const marks = { ok: ['✓', 'green'], problem: ['✗', 'red'], skipped: ['-', 'gray'] } as const;
const nameWidth = 19;

/** A result for a person: one line, and the remedy below it. In colour if the terminal wants it. */
export function line(result: Result): string {
  const [mark, colour] = marks[result.status];
  const told = `${styled(colour, mark)} ${result.check.padEnd(nameWidth)}`;
  if (result.status === 'skipped')
    return told + styled('gray', `not looked at: ${onOneLine(result.message)}`);
  const indent = ' '.repeat(nameWidth + 2);
  const message = onLines(result.message.trim()).replaceAll('\n', `\n${indent}`);
  if (result.status === 'ok') return told + message;
  return `${told}${message}\n${indent}→ ${onOneLine(result.cure)}`;
}

/** `styleText` checks the terminal, `NO_COLOR` and `FORCE_COLOR` itself. */
function styled(colour: 'green' | 'red' | 'gray', text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}
