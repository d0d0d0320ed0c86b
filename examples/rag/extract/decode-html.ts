import { decode, markedEncoding } from './decode.js';
import { DocumentUnfitError } from './extracted.js';

/** The text of a page in the encoding that it states, in its first bytes or in a `meta`, else in UTF-8. */
export function decodeHtml(content: Uint8Array): string {
  const stated = markedEncoding(content) ? undefined : statedEncoding(content);
  if (stated === undefined) return decode(content);
  try {
    return new TextDecoder(stated, { fatal: true }).decode(content);
  } catch (error) {
    throw new DocumentUnfitError(`The page declares the encoding ${stated}, but its text is not in it.`, {
      cause: error,
    });
  }
}

/** A browser looks no further either. */
const searchedBytes = 1024;

function statedEncoding(content: Uint8Array): string | undefined {
  const beginning = Buffer.from(content.subarray(0, searchedBytes)).toString('latin1');
  return /<meta[^>]{0,200}charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w-]{2,40})/i.exec(beginning)?.[1];
}
