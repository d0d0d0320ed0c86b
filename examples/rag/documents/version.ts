import type { DocumentKind } from '../extract/extracted.js';

/** Which upload of which document. */
export interface VersionKey {
  readonly documentId: string;
  readonly version: number;
}

/** `overtaken`: a newer one came before it was ready. */
export type VersionState = 'queued' | 'extracting' | 'embedding' | 'live' | 'failed' | 'overtaken';

export interface VersionContent {
  readonly kind: DocumentKind;
  readonly content: Buffer;
}
