import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '../../examples/rag/evaluation/documents');

/** Every sentence of the documents of the evaluation. */
export async function readSentences(): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return texts
    .flatMap((text) => text.replace(/^[#|].*$/gm, '').split(/(?<=[.?!])\s+/))
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence.split(' ').length > 5);
}

const wordsOfPage = 500;
const sentencesOfParagraph = 5;

/** A page in Markdown of about 500 words, unlike every other one: sentences that are there already would keep their vectors. */
export function pageOf(sentences: readonly string[], number: number): string {
  const paragraphs: string[] = [];
  for (let words = 0, at = number * 7; words < wordsOfPage; ) {
    const paragraph = Array.from(
      { length: sentencesOfParagraph },
      () => sentences[at++ % sentences.length],
    ).join(' ');
    words += paragraph.split(' ').length;
    paragraphs.push(`${paragraph} Sheet ${number}-${paragraphs.length}.`);
  }
  return `# Sheet ${number}\n\n${paragraphs.join('\n\n')}\n`;
}
