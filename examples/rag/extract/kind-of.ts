import { extname } from 'node:path';
import { markedEncoding } from './decode.js';
import { type DocumentKind, DocumentUnfitError } from './extracted.js';
import { foreignFormat } from './foreign-format.js';
import { zipEntries } from './zip.js';

/**
 * What a file is: by its content where that says it, else by its name, and then by the media type it came with. A name or a
 * type that the content contradicts counts for nothing.
 * @throws DocumentUnfitError where it is nothing that can be read; the message says what it is.
 */
export function kindOf(fileName: string, mediaType: string | undefined, content: Buffer): DocumentKind {
  if (content.length === 0) throw new DocumentUnfitError('The file is empty.');
  const extension = extname(fileName).toLowerCase();
  if (isPdf(content)) return 'pdf';
  if (startsWith(content, 'PK\x03\x04')) return kindOfZip(content);
  if (startsWith(content, '{\\rtf'))
    throw new DocumentUnfitError(`The file is in Rich Text Format; save it as .docx. ${taken}`);
  if (!isText(content)) throw new DocumentUnfitError(`The file is ${foreignFormat(content)}. ${taken}`);
  if (extension === '.pdf' || extension === '.docx')
    throw new DocumentUnfitError(`The file is named ${extension} but is not one; it may be damaged.`);
  if (startsLikeHtml(content)) return 'html';
  return (
    byExtension[extension] ?? byMediaType[(mediaType?.split(';')[0] ?? '').trim().toLowerCase()] ?? 'text'
  );
}

const taken = 'PDF, Word (.docx), HTML, Markdown and plain text can be read.';

const byExtension: Readonly<Record<string, DocumentKind | undefined>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
  '.txt': 'text',
  '.text': 'text',
};

const byMediaType: Readonly<Record<string, DocumentKind | undefined>> = {
  'text/markdown': 'markdown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
};

/** Readers of PDF take some bytes before the mark, so there are files that have them. */
const isPdf = (content: Buffer) => content.subarray(0, 1024).includes('%PDF-');

const startsWith = (content: Buffer, mark: string) =>
  content.subarray(0, mark.length).equals(Buffer.from(mark, 'latin1'));

const startsLikeHtml = (content: Buffer) =>
  /^\s*(<\?xml[^>]{0,200}>\s*)?(<!doctype\s+html|<html[\s>])/i.test(beginningOf(content));

function kindOfZip(content: Buffer): DocumentKind {
  const names = zipEntries(content)?.map(({ name }) => name);
  if (names === undefined) throw new DocumentUnfitError('The file is cut off or damaged.');
  if (names.includes('word/document.xml')) return 'docx';
  const [, what = 'an archive'] =
    packedFormats.find(([folder]) => names.some((name) => name.startsWith(folder))) ?? [];
  throw new DocumentUnfitError(`The file is ${what}. ${taken}`);
}

const packedFormats = [
  ['xl/', 'an Excel workbook'],
  ['ppt/', 'a PowerPoint presentation'],
  ['META-INF/container.xml', 'an e-book'],
  ['content.xml', 'an OpenDocument file'],
] as const;

const looksAtBytes = 8192;

/** Text has no U+0000 and hardly a control character. An encoding that is none of ours is found when it is decoded. */
function isText(content: Buffer): boolean {
  if (markedEncoding(content)) return true;
  const beginning = content.subarray(0, looksAtBytes);
  const odd = beginning.filter((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)).length;
  return !beginning.includes(0) && odd <= beginning.length / 100;
}

function beginningOf(content: Buffer): string {
  const beginning = content.subarray(0, looksAtBytes);
  return new TextDecoder(markedEncoding(content) ?? 'latin1').decode(beginning);
}
