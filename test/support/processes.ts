import { readdirSync, readFileSync } from 'node:fs';

export interface SeenProcess {
  readonly pid: number;
  readonly commandLine: string;
  readonly environment: string;
}

/** The processes that a process has started, and those that they have, as Linux shows them to whoever may look. */
export function descendantsOf(pid: number): SeenProcess[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // One may end while we look.
      const stat = textOf(`/proc/${name}/stat`);
      const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
    });
  const below = (of: number): number[] =>
    all.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid).map((each) => ({
    pid: each,
    commandLine: textOf(`/proc/${each}/cmdline`).replaceAll('\0', ' ').trim(),
    environment: textOf(`/proc/${each}/environ`).replaceAll('\0', '\n'),
  }));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
