import { readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extract } from '../../examples/rag/extract/extract.js';
import { type DocumentKind, DocumentUnfitError } from '../../examples/rag/extract/extracted.js';
import { kindOf } from '../../examples/rag/extract/kind-of.js';
import { defaultLimits, type ExtractLimits } from '../../examples/rag/extract/limits.js';
import { readDocument } from '../../examples/rag/extract/read-document.js';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name));

const read = (content: string | Buffer, kind: DocumentKind, limits: Partial<ExtractLimits> = {}) =>
  readDocument(Buffer.from(content), kind, { ...defaultLimits, ...limits });

const textsOf = async (content: string | Buffer, kind: DocumentKind) =>
  (await read(content, kind)).blocks.map(({ text }) => text);

describe('text', () => {
  it('is paragraphs between empty lines', async () => {
    expect(await textsOf('One\nline.\r\n\r\n  \nTwo.\n\n\n\nThree.', 'text')).toEqual([
      'One\nline.',
      'Two.',
      'Three.',
    ]);
  });

  it('is read in UTF-8, and in UTF-16 where its first bytes say so', async () => {
    const said = 'Übermäßig 世界 👩';
    const little = Buffer.from(`\uFEFF${said}`, 'utf16le');
    expect(await textsOf(`\uFEFF${said}`, 'text')).toEqual([said]);
    expect(await textsOf(little, 'text')).toEqual([said]);
    expect(await textsOf(Buffer.from(little).swap16(), 'text')).toEqual([said]);
    await expect(read(Buffer.from('Übermäßig', 'latin1'), 'text')).rejects.toThrow(
      'The file is not text in UTF-8. Save it',
    );
  });

  it('has nothing in it that Postgres refuses', async () => {
    expect(await textsOf('a\0b &#xD800; c', 'html')).toEqual([
      expect.not.stringMatching(/\0|\p{Surrogate}/u),
    ]);
    expect(await textsOf('a\0b', 'text')).toEqual(['ab']);
  });

  it('that is none fails with a sentence', async () => {
    await expect(read(' \n\t\n ', 'text')).rejects.toThrow(
      new DocumentUnfitError('There is no text in the document.'),
    );
  });
});

it('Markdown keeps its headings, tables, lists, quotes and code', async () => {
  expect(await read(fixture('notes.md'), 'markdown')).toEqual({
    title: 'Notes on tides',
    blocks: [
      { kind: 'heading', level: 1, text: 'Tides' },
      { kind: 'paragraph', text: 'The sea rises twice a day, and falls twice.' },
      { kind: 'heading', level: 2, text: 'When' },
      { kind: 'table', text: 'Port | High water | Range\nBrest | 04:12 | 6 m\nSt Malo | 06:30 | 11 m' },
      {
        kind: 'list',
        text: '1. Look at the table.\n2. Add an hour in summer:\n  - not in winter,\n  - not in spring.',
      },
      { kind: 'quote', text: 'Time and tide wait for no one.' },
      { kind: 'code', text: 'def height(hour):\n    return 3 * cos(hour)' },
      { kind: 'paragraph', text: 'Kept as HTML.' },
    ],
  });
});

describe('HTML', () => {
  it('is what a reader sees of the main part of the page', async () => {
    expect(await read(fixture('page.html'), 'html')).toEqual({
      title: 'Opening hours & prices',
      blocks: [
        { kind: 'heading', level: 1, text: 'Opening hours' },
        { kind: 'paragraph', text: 'The museum is open from Tuesday to Sunday.\nOn Mondays it is closed.' },
        { kind: 'heading', level: 2, text: 'Prices' },
        { kind: 'paragraph', text: 'With the tax' },
        { kind: 'table', text: 'Who | How much\nGrown-ups | 8 €\nChildren below twelve | free' },
        {
          kind: 'list',
          text: '- Dogs stay outside.\n- Bags go into a locker:\n  3. Insert a coin.\n  4. Turn the key.',
        },
        { kind: 'quote', text: 'The best hour of our week.' },
        { kind: 'code', text: '  open(door)\n    if hour >= 10' },
      ],
    });
  });

  it('may arrange the page by tables, as pages once did', async () => {
    const page =
      '<table><tr><td><h1>News</h1><p>One.</p></td><td><table><tr><td>a<td>b</table></td></tr></table>';
    expect((await read(page, 'html')).blocks).toEqual([
      { kind: 'heading', level: 1, text: 'News' },
      { kind: 'paragraph', text: 'One.' },
      { kind: 'table', text: 'a | b' },
    ]);
  });

  it('is read in the encoding that it states', async () => {
    expect(await textsOf(Buffer.from('<meta charset="iso-8859-1"><p>Übermäßig', 'latin1'), 'html')).toEqual([
      'Übermäßig',
    ]);
    await expect(read('<meta charset="utf-16"><p>x', 'html')).rejects.toThrow(DocumentUnfitError);
  });

  it('may be as long as it likes, and not as deep', async () => {
    await expect(read('<div>'.repeat(100_000), 'html')).rejects.toThrow(
      'nests more than 2000 elements inside each other',
    );
    expect(await textsOf(`x${' '.repeat(1_000_000)}y${'<'.repeat(1_000_000)}`, 'html')).toHaveLength(1);
  });
});

describe('PDF', () => {
  it('becomes paragraphs and headings, without what stands on every page', async () => {
    expect(await read(fixture('handbook.pdf'), 'pdf')).toEqual({
      title: "The keeper's handbook",
      blocks: [
        { kind: 'heading', level: 1, text: "The keeper's handbook" },
        { kind: 'paragraph', text: expect.stringMatching(/^A lighthouse .* when fog comes in\.$/) },
        { kind: 'heading', level: 2, text: 'Oil' },
        { kind: 'paragraph', text: expect.stringMatching(/^The lamp burns .* filled at once\.$/) },
        {
          kind: 'paragraph',
          text: 'Oil is stored in the cellar, away from the stove. Nobody carries a candle there.',
        },
        { kind: 'heading', level: 2, text: 'Fog' },
        { kind: 'paragraph', text: expect.stringMatching(/^In fog the horn .* seems to lift\.$/) },
      ],
    });
  });

  it.each([
    ['locked.pdf', 'The PDF opens only with a password.'],
    ['scan.pdf', 'The PDF contains images of pages and no text'],
  ])('%s fails with a sentence', async (name, sentence) => {
    await expect(read(fixture(name), 'pdf')).rejects.toThrow(sentence);
  });

  it('that is cut off or has too many pages fails with a sentence', async () => {
    await expect(read(fixture('handbook.pdf').subarray(0, 300), 'pdf')).rejects.toThrow(DocumentUnfitError);
    await expect(read(fixture('handbook.pdf'), 'pdf', { pages: 2 })).rejects.toThrow(
      'has 3 pages; the limit is 2',
    );
  });
});

describe('DOCX', () => {
  it('keeps its headings, tables and lists', async () => {
    expect(await read(fixture('recipe.docx'), 'docx')).toEqual({
      title: 'Bread',
      blocks: [
        { kind: 'heading', level: 1, text: 'Bread' },
        { kind: 'paragraph', text: 'A loaf takes a day, most of which nobody does anything.' },
        { kind: 'heading', level: 1, text: 'What goes into it' },
        { kind: 'table', text: 'What | How much\nFlour | 500 g\nWater | 350 g\nSalt | 10 g' },
        { kind: 'heading', level: 1, text: 'What to do' },
        { kind: 'list', text: '1. Mix.\n2. Wait for twelve hours.\n3. Bake at 230 degrees.' },
        { kind: 'quote', text: 'Good bread needs time, not work.' },
      ],
    });
  });

  it('that unpacks to too much is not unpacked', async () => {
    const bomb = zipOf('word/document.xml', Buffer.alloc(300 * 1024 ** 2));
    expect(kindOf('bomb.docx', undefined, bomb)).toBe('docx');
    await expect(read(bomb, 'docx')).rejects.toThrow('The document unpacks to 300 MB; the limit is 200 MB.');
  });

  it('that is damaged fails with a sentence', async () => {
    await expect(read(fixture('recipe.docx').subarray(0, 9000), 'docx')).rejects.toThrow(
      'The document is damaged',
    );
    await expect(read(zipOf('word/document.xml', Buffer.from('<w:')), 'docx')).rejects.toThrow(
      DocumentUnfitError,
    );
  });
});

describe('the kind of a file', () => {
  const kind = (content: string | Buffer, name: string, mediaType?: string) =>
    kindOf(name, mediaType, Buffer.from(content));

  it('is what its content says, whatever its name is', () => {
    expect(kind(fixture('handbook.pdf'), 'notes.txt', 'text/plain')).toBe('pdf');
    expect(kind(fixture('recipe.docx'), 'recipe')).toBe('docx');
    expect(kind(fixture('page.html'), 'page.txt')).toBe('html');
    expect(kind(Buffer.from('\uFEFF<html>', 'utf16le'), 'page')).toBe('html');
  });

  it('is what its name says, and then its media type, where the content says nothing', () => {
    expect(kind('# Tides', 'tides.MD')).toBe('markdown');
    expect(kind('Tides', 'tides.txt', 'text/markdown')).toBe('text');
    expect(kind('# Tides', 'tides', 'text/markdown; charset=utf-8')).toBe('markdown');
    expect(kind('BMW, MZ and ID3 begin texts too', 'cars.log')).toBe('text');
  });

  it.each<[string, string | Buffer, string]>([
    ['empty.txt', '', 'The file is empty.'],
    ['photo.txt', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0', 'latin1'), 'The file is an image.'],
    [
      'old.doc',
      Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0', 'latin1'),
      'an old Office document or protected by a password',
    ],
    ['letter.rtf', '{\\rtf1 Hello}', 'The file is in Rich Text Format; save it as .docx.'],
    ['table.xlsx', zipOf('xl/workbook.xml', Buffer.from('x')), 'The file is an Excel workbook.'],
    ['pack.zip', zipOf('a.txt', Buffer.from('x')), 'The file is an archive.'],
    ['cut.docx', Buffer.from('PK\x03\x04', 'latin1'), 'The file is cut off or damaged.'],
    ['report.pdf', 'Not found', 'The file is named .pdf but is not one; it may be damaged.'],
    ['noise', Buffer.from([1, 2, 3, 4, 5, 6, 0, 8]), 'The file is neither text nor in a known format.'],
  ])('of %s is none, and a sentence says why', (name, content, sentence) => {
    expect(() => kind(content, name)).toThrow(sentence);
    expect(() => kind(content, name)).toThrow(DocumentUnfitError);
  });
});

describe('a document in a process of its own', () => {
  it('is read as in ours', async () => {
    expect(await extract(fixture('notes.md'), 'markdown')).toEqual(
      await read(fixture('notes.md'), 'markdown'),
    );
    await expect(extract(fixture('scan.pdf'), 'pdf')).rejects.toThrow(DocumentUnfitError);
  });

  it('may be no larger than the limit', async () => {
    await expect(
      extract(Buffer.alloc(3 * 1024 ** 2), 'text', { contentBytes: 2 * 1024 ** 2 }),
    ).rejects.toThrow('The file is 3 MB; the limit is 2 MB.');
    await expect(read('x '.repeat(2000), 'text', { textLength: 1000 })).rejects.toThrow(
      'The document has 3,999 characters of text; the limit is 1,000.',
    );
  });

  it('that keeps its reader busy is given up', async () => {
    const quotes = Buffer.from('>'.repeat(100_000));
    await expect(extract(quotes, 'markdown', { processorMs: 2000 })).rejects.toThrow(
      new DocumentUnfitError(
        'Reading the document takes more than 2 seconds of processor time, which is the limit.',
      ),
    );
  });

  it('that takes too much memory is given up', async () => {
    const paragraphs = Buffer.from('x\n\n'.repeat(5_000_000));
    await expect(extract(paragraphs, 'text', { memoryBytes: 300 * 1024 ** 2 })).rejects.toThrow(
      new DocumentUnfitError('Reading the document takes more than 300 MB of memory, which is the limit.'),
    );
  });

  it('that says it unpacks to little, and does not, is given up', async () => {
    const bomb = zipOf('word/document.xml', Buffer.alloc(600 * 1024 ** 2));
    // The size in the central directory, where the entry was found.
    const entry = bomb.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    bomb.writeUInt32LE(10, entry + 24);
    await expect(extract(bomb, 'docx', { memoryBytes: 300 * 1024 ** 2 })).rejects.toThrow(DocumentUnfitError);
  });

  it('that nests a million elements is given up', async () => {
    const tower = Buffer.from(`<!doctype html>${'<div>'.repeat(1_000_000)}top`);
    await expect(extract(tower, 'html')).rejects.toThrow('The page nests more than 2000 elements');
    // None of these closes another, and each looks for the one that it would close.
    const unclosed = Buffer.from(`<!doctype html>${'<b>'.repeat(1_900)}${'</i>'.repeat(1_000_000)}`);
    await expect(extract(unclosed, 'html', { processorMs: 20_000 })).rejects.toThrow(DocumentUnfitError);
  });

  it('that is a PDF of which a page unpacks to too much is given up', async () => {
    const stream = deflateSync(Buffer.alloc(300 * 1024 ** 2, '0 0 m '));
    const head = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj
4 0 obj<</Filter/FlateDecode/Length ${stream.length}>>stream
`;
    const bomb = Buffer.concat([
      Buffer.from(head),
      stream,
      Buffer.from('\nendstream endobj\ntrailer<</Root 1 0 R>>\n'),
    ]);
    await expect(extract(bomb, 'pdf', { memoryBytes: 250 * 1024 ** 2, processorMs: 6_000 })).rejects.toThrow(
      DocumentUnfitError,
    );
  });

  it('is left when the caller no longer waits', async () => {
    const caller = new AbortController();
    const reading = extract(Buffer.from('>'.repeat(100_000)), 'markdown', { signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
  });
});

/** An archive with one file. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  const entry = Buffer.alloc(46);
  for (const [header, signature, at] of [
    [local, 0x04034b50, 8],
    [entry, 0x02014b50, 10],
  ] as const) {
    header.writeUInt32LE(signature, 0);
    header.writeUInt16LE(8, at);
    header.writeUInt32LE(packed.length, at + 10);
    header.writeUInt32LE(content.length, at + 14);
    header.writeUInt16LE(name.length, at + 18);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end]);
}
