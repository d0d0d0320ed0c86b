/**
 * Lets so many pieces of work run at a time and the others wait in line. Copying and starting clusters is all
 * processor: twenty at once would each take twenty times as long, and none be ready before all are.
 */
export function atMost(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  /** Work that ends something already begun may go to the front: better one project ready than all half made. */
  return async <T>(place: 'front' | 'back', work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else
      await new Promise<void>((resolve) =>
        place === 'front' ? waiting.unshift(resolve) : waiting.push(resolve),
      );
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody can come in between.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
