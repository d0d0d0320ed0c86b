import { describe, expect, it } from 'vitest';
import { chunk } from '../../examples/rag/chunking/chunk.js';
import { embeddedText } from '../../examples/rag/documents/passages.js';

const countTokens = (text: string) => text.split(/\s+/).length;

describe('what a model is given of a passage', () => {
  it('has each heading once, in the first passage of a section and in later ones', () => {
    const passages = chunk(
      [
        { kind: 'heading', level: 1, text: 'Handbook' },
        { kind: 'heading', level: 2, text: 'Leave' },
        { kind: 'paragraph', text: 'Everybody has twenty-six days of it.' },
        { kind: 'paragraph', text: 'Ask for them in the tool that plans them.' },
        { kind: 'heading', level: 2, text: 'Pay' },
        { kind: 'paragraph', text: 'It comes on the last day of a month.' },
      ],
      { maxTokens: 13, overlapTokens: 0, countTokens },
    );
    expect(passages.map(embeddedText)).toEqual([
      'Handbook › Leave\n\nEverybody has twenty-six days of it.',
      'Handbook › Leave\n\nAsk for them in the tool that plans them.',
      'Handbook › Pay\n\nIt comes on the last day of a month.',
    ]);
  });

  it('keeps what only begins as a heading does', () => {
    expect(embeddedText({ heading: 'Pay', text: 'Payslips are in the tool.' })).toBe(
      'Pay\n\nPayslips are in the tool.',
    );
    expect(embeddedText({ heading: 'Pay', text: 'Pay' })).toBe('Pay');
    expect(embeddedText({ heading: '', text: 'Pay' })).toBe('Pay');
  });
});
