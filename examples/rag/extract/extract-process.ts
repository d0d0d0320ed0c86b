import { once } from 'node:events';
import type { DocumentKind, Extracted } from './extracted.js';
import { DocumentUnfitError } from './extracted.js';
import type { ExtractLimits } from './limits.js';
import { limitProcess } from './process-limits.js';
import { readDocument } from './read-document.js';

export interface ExtractTask {
  readonly content: Uint8Array;
  readonly kind: DocumentKind;
  readonly limits: ExtractLimits;
}

export type ExtractAnswer = { readonly extracted: Extracted } | { readonly unfit: string };

const [task] = (await once(process, 'message')) as [ExtractTask];
await limitProcess(task.limits);
process.send?.(await answer(task), () => process.disconnect());

async function answer({ content, kind, limits }: ExtractTask): Promise<ExtractAnswer> {
  try {
    return { extracted: await readDocument(Buffer.from(content), kind, limits) };
  } catch (error) {
    if (error instanceof DocumentUnfitError) return { unfit: error.message };
    throw error;
  }
}
