/** What a document may be. */
export const documentKinds = ['text', 'markdown', 'html', 'pdf', 'docx'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** A piece of a document as a reader sees it. A table is one piece: its rows are lines, its cells stand between ` | `. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3 | 4 | 5 | 6; readonly text: string }
  | { readonly kind: 'paragraph' | 'list' | 'quote' | 'code' | 'table'; readonly text: string };

export interface Extracted {
  /** The document's own, where it says one. */
  readonly title?: string;
  readonly blocks: readonly Block[];
}

/** It cannot be read, and never will be: the message is a sentence for its owner. */
export class DocumentUnfitError extends Error {
  override readonly name = 'DocumentUnfitError';
}
