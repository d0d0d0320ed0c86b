import { readdirSync } from 'node:fs';
import path from 'node:path';
import { checkoutRoot } from '../../local/state-directory.js';
import { figuresOf } from '../history-figures.js';
import type { Question } from '../question.js';

const folder = path.join(checkoutRoot, 'test', 'replay', 'histories');

/** Reads the recorded histories, so it takes no server. */
const question: Question = {
  asks: 'How many actions, bytes and calls to Neon does a run of each workflow take?',
  async measure() {
    const figures = Object.fromEntries(
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => [path.basename(file, '.json'), figuresOf(path.join(folder, file))]),
    );
    return {
      table: [
        ['recorded run', 'events', 'bytes', 'actions', 'calls to Neon at most'],
        ...Object.entries(figures).map(([name, { events, bytes, actions, callsToNeon }]) => [
          name,
          ...[events, bytes, actions, callsToNeon].map(String),
        ]),
      ],
      ratios: {},
      figures,
    };
  },
};

export default question;
