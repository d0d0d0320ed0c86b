import type { Command } from 'commander';
import { ownCommand } from '../local/own-command.js';

/** Commands that start something which no command waits for, with the command that shows its outcome. */
const shownBy: Readonly<Record<string, string>> = {
  'schedule trigger': 'schedule list',
  'schedule backfill': 'schedule list',
  'events replay': 'events endpoint list',
  'fleet pause': 'fleet status <rollout>',
};

const waiting = ['--wait', '--follow'] as const;

/**
 * Commander's error message. If the user tried to wait with an option that the command does not have, it gets a hint
 * how to wait there.
 * @param words The words of the call.
 */
export function withHowToWait(text: string, program: Command, words: readonly string[]): string {
  const asked = waiting.find((option) => text.startsWith(`error: unknown option '${option}'\n`));
  if (asked === undefined) return text;
  const { name, command } = called(program, words);
  const has = command.options.find(({ long }) => long !== asked && waiting.some((each) => each === long));
  const shown = shownBy[name];
  const hint =
    has !== undefined
      ? `Did you mean ${has.long}?`
      : shown !== undefined
        ? `it does not wait; what became of it: ${ownCommand} ${shown}`
        : `to wait for a tenant's operation: ${ownCommand} wait <id>`;
  return `${text}(${hint})\n`;
}

function called(program: Command, words: readonly string[]): { name: string; command: Command } {
  let command = program;
  const names: string[] = [];
  for (const word of words) {
    const below = command.commands.find((each) => each.name() === word);
    if (below === undefined) break;
    command = below;
    names.push(word);
  }
  return { name: names.join(' '), command };
}
