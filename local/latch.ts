export interface Latch {
  set(): void;
  /** Resolves once it is set, which it stays until it is cleared. */
  whenSet(): Promise<void>;
  clear(): void;
}

/** Remembers that something was asked for, however often, until somebody sees to it. */
export function latch(): Latch {
  let release = () => {};
  let held: Promise<void>;
  const clear = () => {
    held = new Promise((resolve) => {
      release = resolve;
    });
  };
  clear();
  return { set: () => release(), whenSet: () => held, clear };
}
