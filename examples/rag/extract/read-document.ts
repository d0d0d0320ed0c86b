import { decode } from './decode.js';
import { decodeHtml } from './decode-html.js';
import { type DocumentKind, DocumentUnfitError, type Extracted } from './extracted.js';
import type { ExtractLimits } from './limits.js';
import { tidy } from './tidy.js';

type Reader = (content: Buffer, limits: ExtractLimits) => Extracted | Promise<Extracted>;

/** Each is loaded where it is needed: together they would be most of the time that a short document takes. */
const readers: Record<DocumentKind, () => Promise<Reader>> = {
  async text() {
    const { readText } = await import('./text.js');
    return (content) => readText(decode(content));
  },
  async markdown() {
    const { readMarkdown } = await import('./markdown.js');
    return (content, limits) => readMarkdown(decode(content), limits);
  },
  async html() {
    const { readHtml } = await import('./html.js');
    return (content, limits) => readHtml(decodeHtml(content), limits);
  },
  pdf: async () => (await import('./pdf.js')).readPdf,
  docx: async () => (await import('./docx.js')).readDocx,
};

/**
 * Reads a document in this process. What a hostile one costs, only `extract` limits.
 * @throws DocumentUnfitError
 */
export async function readDocument(
  content: Buffer,
  kind: DocumentKind,
  limits: ExtractLimits,
): Promise<Extracted> {
  const read = await readers[kind]();
  const extracted = tidy(await attempt(() => read(content, limits)));
  const length = extracted.blocks.reduce((sum, { text }) => sum + text.length, 0);
  if (length > limits.textLength)
    throw new DocumentUnfitError(
      `The document has ${length.toLocaleString('en')} characters of text; the limit is ${limits.textLength.toLocaleString('en')}.`,
    );
  if (length === 0) throw new DocumentUnfitError('There is no text in the document.');
  return extracted;
}

/** What a parser throws is the document's fault. */
async function attempt(read: () => Extracted | Promise<Extracted>): Promise<Extracted> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DocumentUnfitError) throw error;
    const isDeep = error instanceof RangeError && error.message.includes('call stack');
    throw new DocumentUnfitError(
      isDeep
        ? 'The document is nested too deeply to be read.'
        : `The document is damaged and cannot be read (${error instanceof Error ? error.message : error}).`,
      { cause: error },
    );
  }
}
