/** `setTimeout` cannot wait longer than this. */
const longestTimer = 2 ** 31 - 1;

/** Things to do at a time, one for each key. They keep no process alive. */
export class Deadlines {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Sets the key's deadline, in place of any before. What is due already is done at once. */
  set(key: string, time: string, due: () => void): void {
    this.clear(key);
    const left = Math.max(0, Date.parse(time) - Date.now());
    const timer = setTimeout(
      () => (left > longestTimer ? this.set(key, time, due) : this.#meet(key, due)),
      Math.min(left, longestTimer),
    );
    timer.unref();
    this.#timers.set(key, timer);
  }

  clear(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  stop(): void {
    for (const key of [...this.#timers.keys()]) this.clear(key);
  }

  #meet(key: string, due: () => void): void {
    this.#timers.delete(key);
    due();
  }
}
