/**
 * The processor time that a piece of work of this process takes, in milliseconds: the least of some tries, since a machine with
 * other things to do also makes the processor's caches colder. For what must not take time by the square of its input.
 */
export async function processorMs(work: () => unknown, tries = 3): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < tries; n += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1_000);
  }
  return Math.min(...took);
}
