/**
 * Runs `work` on each item, with a limit on how many run at once, and returns the results in the order of the items.
 * Throws the first error.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const takeOneAfterTheOther = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: most }, takeOneAfterTheOther));
  return results;
}
