interface Use {
  readonly at: string;
  readonly from: string;
}

/** When and from where each key was used last. Not kept over a restart: a write for every call would be dear. */
export class KeyUse {
  readonly #uses = new Map<string, Use>();

  note(keyId: string, use: Use): void {
    this.#uses.set(keyId, use);
  }

  last(keyId: string): Use | undefined {
    return this.#uses.get(keyId);
  }
}
