import { describe, expect, it } from 'vitest';
import { markedText } from '../../examples/rag/server/marked-text.js';

const text = 'Travel\n\nBook early.\n\nHotels\n\nUp to 145 euros.\n\nHotels are not hostels.';
const headings = new Set(['Travel', 'Hotels']);
const shown = (runs: ReturnType<typeof markedText>) =>
  runs.map((run) => `${run.isHeading ? '#' : ''}${run.isMarked ? '!' : ''}${run.text}`);

describe('a text as its page shows it', () => {
  it('has its headings apart, and a paragraph that only begins like one is none', () => {
    expect(shown(markedText(text, headings))).toEqual([
      '#Travel\n\n',
      'Book early.\n\n',
      '#Hotels\n\n',
      'Up to 145 euros.\n\nHotels are not hostels.',
    ]);
  });

  it('has a place marked that begins in a heading and ends in the middle of a paragraph', () => {
    const from = text.indexOf('Hotels');
    const to = text.indexOf(' euros');
    expect(shown(markedText(text, headings, { from, to }))).toEqual([
      '#Travel\n\n',
      'Book early.\n\n',
      '#!Hotels\n\n',
      '!Up to 145',
      ' euros.\n\nHotels are not hostels.',
    ]);
  });

  it.each([{}, { from: 3, to: 3 }, { from: 9, to: 2 }, { from: 0, to: 10_000 }])(
    'is whole, whatever place is named: %o',
    (place) => {
      const runs = markedText(text, headings, place);
      expect(runs.map((run) => run.text).join('')).toBe(text);
      expect(runs.some(({ isMarked }) => isMarked)).toBe(false);
    },
  );
});
