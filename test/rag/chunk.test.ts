import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChunkSettings, chunk, chunkInTurns } from '../../examples/rag/chunking/chunk.js';
import { textOf } from '../../examples/rag/chunking/text-of.js';
import type { Block } from '../../examples/rag/extract/extracted.js';
import { processorMs } from '../support/processor-ms.js';

const countWords = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;
/** As BERT's tokenizer does, with two marks around each text. */
const countBert = (text: string) => 2 + (text.match(/[a-z]+|[^a-z\s]/gu) ?? []).length;
const countLetters = (text: string) => Math.ceil(text.length / 4);

const settings = (given: Partial<ChunkSettings> = {}): ChunkSettings => ({
  maxTokens: 20,
  overlapTokens: 0,
  countTokens: countWords,
  ...given,
});

const heading = (level: 1 | 2 | 3 | 4 | 5 | 6, text: string): Block => ({ kind: 'heading', level, text });
const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
const words = (count: number, word = 'word') =>
  Array.from({ length: count }, (_, i) => `${word}${i}`).join(' ');

describe('a passage', () => {
  it('begins with the headings of its section and names those above it', () => {
    const blocks = [
      heading(1, 'Sea'),
      heading(2, 'Tides'),
      paragraph('They rise.'),
      heading(2, 'Wind'),
      paragraph('It blows.'),
    ];
    expect(chunk(blocks, settings()).map(({ heading, text }) => [heading, text])).toEqual([
      ['Sea › Tides', 'Sea\n\nTides\n\nThey rise.'],
      ['Sea › Wind', 'Wind\n\nIt blows.'],
    ]);
  });

  it('holds as many paragraphs as fit, and divides none that fits into one', () => {
    const [first, second, third] = [words(8, 'a'), words(8, 'b'), words(15, 'c')];
    const passages = chunk([paragraph(first), paragraph(second), paragraph(third)], settings());
    expect(passages.map(({ text }) => text)).toEqual([`${first}\n\n${second}`, third]);
  });

  it('divides a long paragraph after a sentence, and repeats the last one', () => {
    const sentences = ['one', 'two', 'three', 'four'].map(
      (name) => `The ${name} sentence has just seven words.`,
    );
    const passages = chunk([paragraph(sentences.join(' '))], settings({ overlapTokens: 8 }));
    expect(passages.map(({ text }) => text)).toEqual([
      sentences.slice(0, 2).join(' '),
      sentences.slice(1, 3).join(' '),
      sentences.slice(2, 4).join(' '),
    ]);
  });

  it('repeats nothing of another section', () => {
    const blocks = [paragraph('Before it. And this.'), heading(1, 'Next'), paragraph('After it.')];
    expect(chunk(blocks, settings({ overlapTokens: 8 }))[1]?.text).toBe('Next\n\nAfter it.');
  });

  it('does not end with the heading of what comes after it', () => {
    const blocks = [heading(1, words(5, 'h')), paragraph(words(40, 'p'))];
    expect(chunk(blocks, settings())[0]?.text).toMatch(/p0/);
  });

  it('takes headings at the end along with what is before them', () => {
    const passages = chunk([paragraph('The text.'), heading(2, 'Appendix')], settings());
    expect(passages.map(({ text }) => text)).toEqual(['The text.\n\nAppendix']);
  });

  it('keeps a table whole where it fits, away from a paragraph if need be', () => {
    const table: Block = { kind: 'table', text: 'a | b\n1 | 2\n3 | 4' };
    expect(chunk([paragraph(words(12)), table], settings()).map(({ text }) => text)).toEqual([
      words(12),
      table.text,
    ]);
  });

  it('has the first row of a long table before each part of it', () => {
    const rows = Array.from({ length: 8 }, (_, i) => `row${i} | ${i}`);
    const table: Block = { kind: 'table', text: ['name | number', ...rows].join('\n') };
    const passages = chunk([table], settings({ maxTokens: 12 }));
    expect(passages.length).toBeGreaterThan(2);
    for (const { text } of passages) expect(text).toMatch(/^name \| number\n/);
    expect(passages.flatMap(({ text }) => text.split('\n').slice(1))).toEqual(rows);
  });

  it('has no half of a character in its path, however long a heading is', () => {
    for (const before of ['a', 'ab']) {
      const title = `${before}${' '.repeat(200)}${'😀'.repeat(200)}`;
      const [passage] = chunk([heading(1, title), paragraph('Text.')], settings({ maxTokens: 200 }));
      expect(passage?.heading).toMatch(/^ab? /);
      expect(passage?.heading).not.toMatch(/\p{Surrogate}/u);
    }
  });

  it('is no longer for a word that no model knows', () => {
    const passages = chunk([paragraph('x'.repeat(100_000))], settings({ maxTokens: 256 }));
    expect(Math.max(...passages.map(({ text }) => text.length))).toBeLessThanOrEqual(16 * 256);
  });

  it('has room for text, or there is none', () => {
    expect(() => chunk([], settings({ maxTokens: 2, countTokens: countBert }))).toThrow(
      'A passage of 2 tokens has no room for text.',
    );
    expect(() => chunk([], settings({ overlapTokens: 15 }))).toThrow('cannot repeat 15');
  });
});

describe('a long document', () => {
  const sentence = 'The harbour has a keeper, and the keeper has a dog. ';
  const ofLength = (length: number) => paragraph(sentence.repeat(Math.ceil(length / sentence.length)));

  it('takes processor time in proportion to its length, though it be one paragraph', async () => {
    const msOf = (block: Block) => processorMs(() => chunk([block], settings({ maxTokens: 200 })));
    const short = await msOf(ofLength(100_000));
    expect((await msOf(ofLength(400_000))) / short).toBeLessThan(8);
  });

  it('of one sentence without an end holds nobody up for the whole of it', async () => {
    const began = performance.now();
    let longest = 0;
    let last = began;
    const look = () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    };
    const timer = setInterval(look);
    await chunkInTurns([paragraph('A. B. '.repeat(200_000))], settings({ maxTokens: 200 }));
    clearInterval(timer);
    look();
    expect(longest).toBeLessThan((performance.now() - began) / 6);
  });

  it('lets others have their turn meanwhile, and gives the same passages', async () => {
    const blocks = [
      ofLength(300_000),
      { kind: 'table' as const, text: `a | b\n${'1 | 2\n'.repeat(20_000)}` },
    ];
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    });
    const passages = await chunkInTurns(blocks, settings({ maxTokens: 200 }));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(passages).toEqual(chunk(blocks, settings({ maxTokens: 200 })));
  });

  it('is left where it is once nobody wants it', async () => {
    const signal = AbortSignal.timeout(50);
    await expect(chunkInTurns([ofLength(2_000_000)], settings({ maxTokens: 200 }), signal)).rejects.toThrow(
      /timeout/,
    );
  });
});

describe('of any document', () => {
  const sentence = fc
    .array(fc.stringMatching(/^[a-z]{1,12}[,;]?$/), { minLength: 1, maxLength: 14 })
    .map((said) => `${said.join(' ')}.`);
  const anything = fc.string({ unit: 'binary', maxLength: 200 });
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({
      kind: fc.constant('heading' as const),
      level: fc.constantFrom(1, 2, 3, 4, 5, 6),
      text: sentence,
    }),
    fc.record({
      kind: fc.constantFrom('paragraph' as const, 'quote' as const),
      text: fc.oneof(
        fc.array(sentence, { maxLength: 8 }).map((said) => said.join(' ')),
        anything,
      ),
    }),
    fc.record({
      kind: fc.constantFrom('table' as const, 'code' as const, 'list' as const),
      text: fc.array(fc.oneof(sentence, anything), { maxLength: 20 }).map((lines) => lines.join('\n')),
    }),
  );
  const documents = fc.array(block, { maxLength: 20 });
  const anySettings = fc
    .record({
      maxTokens: fc.integer({ min: 8, max: 80 }),
      countTokens: fc.constantFrom(countWords, countBert, countLetters),
    })
    .map((given) => ({ ...given, overlapTokens: Math.floor((given.maxTokens - 2) / 4) }));

  const hold = (check: (blocks: readonly Block[], given: ChunkSettings) => void) =>
    fc.assert(fc.property(documents, anySettings, check), { numRuns: 300 });

  it('no text is lost, and each passage goes on where it has to', () => {
    hold((blocks, given) => {
      const text = textOf(blocks);
      let read = 0;
      for (const { from, to } of chunk(blocks, given)) {
        expect(text.slice(read, from).trim()).toBe('');
        expect(to).toBeGreaterThan(read);
        read = to;
      }
      expect(text.slice(read).trim()).toBe('');
    });
  });

  it('a passage is what stands at its place', () => {
    hold((blocks, given) => {
      const text = textOf(blocks);
      const rows = blocks.flatMap(({ kind, text }) =>
        kind === 'table' ? [text.trim().split('\n')[0]?.trimEnd()] : [],
      );
      for (const passage of chunk(blocks, given)) {
        const own = text.slice(passage.from, passage.to);
        expect(passage.text.endsWith(own)).toBe(true);
        if (passage.text !== own) expect(rows).toContain(passage.text.slice(0, -own.length).trimEnd());
      }
    });
  });

  it('no passage has more tokens than it may, but one of a single character', () => {
    hold((blocks, given) => {
      for (const { text, tokens } of chunk(blocks, given)) {
        expect(tokens).toBe(given.countTokens(text));
        if (Array.from(text).length > 1) expect(tokens).toBeLessThanOrEqual(given.maxTokens);
      }
    });
  });

  it('no passage ends with a heading that something follows', () => {
    hold((any, given) => {
      const blocks = any
        .filter(({ kind }, i) => kind !== 'heading' || any[i - 1]?.kind !== 'heading')
        .map((each) => (each.kind === 'heading' ? { ...each, text: 'h' } : each));
      const lastText = blocks.findLastIndex(({ kind, text }) => kind !== 'heading' && text.trim() !== '');
      const ends = blocks
        .slice(0, Math.max(lastText, 0))
        .flatMap(({ kind }, i) => (kind === 'heading' ? [textOf(blocks.slice(0, i + 1)).length] : []));
      for (const { to } of chunk(blocks, given)) expect(ends).not.toContain(to);
    });
  });

  it('the same gives the same', () => {
    hold((blocks, given) => {
      expect(chunk(blocks, given)).toEqual(chunk(structuredClone(blocks), given));
    });
  });
});
