/** Turns by key: work under one key runs in the order in which it came, never two at once. */
export class OneAtATime {
  readonly #tails = new Map<string, Promise<unknown>>();

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    // The next in line waits for the end of this turn, not for its success.
    const tail: Promise<unknown> = turn
      .catch(() => {})
      .then(() => this.#tails.get(key) === tail && this.#tails.delete(key));
    this.#tails.set(key, tail);
    return turn;
  }

  async idle(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
