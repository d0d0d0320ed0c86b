import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** More than the lines that anyone requests. */
const mostBytes = 4 * 1024 * 1024;
const lookMs = 200;
const newline = 0x0a;

/** The last lines of a file up to the position `end`; empty when there is no file. */
export async function lastLines(file: string, end: number, count: number): Promise<string[]> {
  const start = Math.max(0, end - mostBytes);
  const lines = (await bytesOf(file, start, end)).toString().split('\n');
  // The file begins before this part, so the first line is incomplete.
  if (start > 0) lines.shift();
  if (lines.at(-1) === '') lines.pop();
  return count === 0 ? [] : lines.slice(-count);
}

/**
 * Calls `tell` for each complete line that is written to a file after `from`; it never ends. A recreated file is read
 * from its start.
 */
export async function followFile(file: string, from: number, tell: (line: string) => void): Promise<never> {
  for (let at = from; ; await sleep(lookMs)) {
    const size = await sizeOf(file);
    if (size < at) at = 0;
    if (size === at) continue;
    const bytes = await bytesOf(file, at, Math.min(size, at + mostBytes));
    const whole = bytes.lastIndexOf(newline) + 1;
    if (whole > 0)
      for (const line of bytes
        .subarray(0, whole - 1)
        .toString()
        .split('\n'))
        tell(line);
    // Drops a line that is too long to read.
    at += whole > 0 || bytes.length < mostBytes ? whole : bytes.length;
  }
}

async function sizeOf(file: string): Promise<number> {
  return withFile(file, 0, async (handle) => (await handle.stat()).size);
}

async function bytesOf(file: string, start: number, end: number): Promise<Buffer> {
  return withFile(file, Buffer.alloc(0), async (handle) => {
    const buffer = Buffer.alloc(Math.max(0, end - start));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead);
  });
}

async function withFile<T>(
  file: string,
  otherwise: T,
  work: (handle: Awaited<ReturnType<typeof open>>) => Promise<T>,
): Promise<T> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return otherwise;
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
