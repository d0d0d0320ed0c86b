import mammoth from 'mammoth';
import { DocumentUnfitError, type Extracted } from './extracted.js';
import { readHtml } from './html.js';
import { type ExtractLimits, megabytes } from './limits.js';
import { zipEntries } from './zip.js';

/** Beside the headings, lists and tables that mammoth knows by itself. */
const styleMap = [
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Quote'] => blockquote > p:fresh",
  "p[style-name='Intense Quote'] => blockquote > p:fresh",
  "p[style-name='Code'] => pre:separator('\n')",
  "p[style-name='HTML Preformatted'] => pre:separator('\n')",
];

/** A Word document, by way of HTML. Its pictures are left where they are. */
export async function readDocx(content: Buffer, limits: ExtractLimits): Promise<Extracted> {
  // An archive may say less than is in it. Then the limits of the process that reads it hold.
  const unpacked = (zipEntries(content) ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  if (unpacked > limits.unpackedBytes)
    throw new DocumentUnfitError(
      `The document unpacks to ${megabytes(unpacked)}; the limit is ${megabytes(limits.unpackedBytes)}.`,
    );
  const { value } = await mammoth.convertToHtml(
    { buffer: content },
    {
      styleMap,
      includeEmbeddedStyleMap: false,
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
    },
  );
  return readHtml(withoutBackLinks(value), limits);
}

/** From a footnote to its place in the text. */
const withoutBackLinks = (html: string) =>
  html.replaceAll(/ ?<a href="#[\w-]{0,80}note-ref-[\w-]{1,80}">↑<\/a>/g, '');
