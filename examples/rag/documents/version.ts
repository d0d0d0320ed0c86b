import type { DocumentKind } from '../extract/extracted.js';

/** A document as it was uploaded once. */
export interface Version {
  readonly documentId: string;
  readonly version: number;
}

/** `overtaken`: a newer one came before it was ready. */
export type VersionState = 'queued' | 'extracting' | 'embedding' | 'live' | 'failed' | 'overtaken';

export interface VersionContent {
  readonly kind: DocumentKind;
  readonly content: Buffer;
}
