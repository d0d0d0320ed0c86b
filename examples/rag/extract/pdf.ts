import { getDocumentProxy } from 'unpdf';
import { DocumentUnfitError, type Extracted } from './extracted.js';
import type { ExtractLimits } from './limits.js';
import { blocksOfLines } from './pdf-blocks.js';
import { type Line, linesOf, type PlacedText } from './pdf-lines.js';
import { withoutRunningLines } from './pdf-running-lines.js';

/** A PDF says where letters stand, and hardly more: lines, paragraphs and headings are concluded from that. */
export async function readPdf(content: Buffer, limits: ExtractLimits): Promise<Extracted> {
  const pdf = await open(content);
  if (pdf.numPages > limits.pages)
    throw new DocumentUnfitError(`The PDF has ${pdf.numPages} pages; the limit is ${limits.pages}.`);
  const pages: Line[][] = [];
  for (let number = 1, length = 0; number <= pdf.numPages && length <= limits.textLength; number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const lines = linesOf(textsOf(items));
    length += lines.reduce((sum, { text }) => sum + text.length, 0);
    pages.push(lines);
    page.cleanup();
  }
  if (pages.every((lines) => lines.length === 0))
    throw new DocumentUnfitError(
      'The PDF contains images of pages and no text, as a scan does. Run text recognition (OCR) on it and upload it again.',
    );
  const blocks = blocksOfLines(withoutRunningLines(pages));
  const first = blocks.find(({ kind }) => kind === 'heading');
  const title = statedTitle((await pdf.getMetadata().catch(() => undefined))?.info) ?? first?.text;
  return { ...(title && { title }), blocks };
}

/** The others mark where parts of the document begin and end. */
const textsOf = (items: readonly object[]) => items.filter((item): item is PlacedText => 'str' in item);

async function open(content: Buffer) {
  try {
    return await getDocumentProxy(new Uint8Array(content), { verbosity: 0, stopAtErrors: false });
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    throw new DocumentUnfitError(
      isLocked
        ? 'The PDF opens only with a password. Save it without one and upload it again.'
        : 'The PDF is damaged and cannot be opened.',
      { cause: error },
    );
  }
}

/** Many programs leave the name of the file there. */
const noTitle = /^(\(?(untitled|anonymous)\b|microsoft word - )|\.(docx?|pdf|tex|dvi|indd|odt|pages)$/i;

function statedTitle(info: object | undefined): string | undefined {
  const title = info && 'Title' in info && typeof info.Title === 'string' ? info.Title.trim() : '';
  return title === '' || noTitle.test(title) ? undefined : title;
}
