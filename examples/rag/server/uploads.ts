import type { FastifyRequest } from 'fastify';
import { limitsOfPlans } from '../documents/limits.js';
import { storable } from '../documents/text.js';
import { checkFormToken } from './form-guard.js';

/** A byte more than any plan takes: what is cut there is refused by the plan, and no other file with it. */
export const cutAt = Math.max(...Object.values(limitsOfPlans).map(({ bytes }) => bytes)) + 1;

/** What is sent beyond so many is refused by name, up to the second. */
export const mostFiles = { taken: 20, sent: 100 } as const;

export interface UploadedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

export interface UploadForm {
  readonly fields: Readonly<Record<string, string>>;
  /** One after the other, so that no more than one is held. */
  readonly files: AsyncIterable<UploadedFile>;
}

/**
 * Reads a form with files. Its fields come first, as they do in the pages, because the form's token is checked before the first
 * file is taken. Throws `ForeignFormError`.
 */
export async function readUpload(request: FastifyRequest): Promise<UploadForm> {
  const parts = request.parts()[Symbol.asyncIterator]();
  const fields: Record<string, string> = {};
  let next = await parts.next();
  while (!next.done && next.value.type === 'field') {
    fields[next.value.fieldname] = storable(String(next.value.value));
    next = await parts.next();
  }
  checkFormToken(request.formToken, fields.form);

  async function* files(): AsyncGenerator<UploadedFile> {
    for (; !next.done; next = await parts.next()) {
      const part = next.value;
      if (part.type !== 'file') continue;
      const content = await part.toBuffer();
      // A browser sends an empty one where none was chosen.
      if (part.filename !== '') yield { name: part.filename, mediaType: part.mimetype, content };
    }
  }
  return { fields, files: files() };
}

/** `invoices, 2026 ,` → `invoices`, `2026` */
export function readTags(text: string | undefined): string[] {
  const tags = (text ?? '').split(',').map((tag) => tag.trim().toLowerCase().slice(0, longestTag));
  return [...new Set(tags.filter((tag) => tag !== ''))].slice(0, mostTags);
}

const longestTag = 40;
const mostTags = 20;
