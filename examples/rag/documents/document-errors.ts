/** There is no such document, or it was deleted. */
export class DocumentNotFoundError extends Error {
  override readonly name = 'DocumentNotFoundError';

  constructor() {
    super('There is no such document.');
  }
}

/** Another document has the same content, so this one cannot get it too. */
export class DocumentTwiceError extends Error {
  override readonly name = 'DocumentTwiceError';
  /** The one that has it. */
  readonly documentId: string;

  constructor(documentId: string) {
    super('Another document has this very content.');
    this.documentId = documentId;
  }
}
