import { isCompiled } from '../own-modules.js';
import type { Tool } from './tool.js';

export interface Lack {
  readonly lacking: Tool;
  /** Paths that were looked at, each with why it will not do. */
  readonly passedOver: readonly string[];
}

/** Installed as a package, it fetches what it lacks by itself: this is then said only where that went wrong. */
const fetching = isCompiled
  ? 'Python 3 with pip, and a network, to fetch it at the next start (about 58 MB)'
  : 'node setup/setup.mjs, which fetches it with pip (Python 3, about 58 MB)';

/** The local stack cannot run on this machine yet. The message says what it lacks and the three ways to provide it. */
export class ToolchainMissingError extends Error {
  override readonly name = 'ToolchainMissingError';

  constructor(lacks: readonly Lack[]) {
    super(
      [
        'The local stack lacks:',
        ...lacks.flatMap(({ lacking, passedOver }) => [
          `  - ${lacking.title}`,
          ...passedOver.map((reason) => `    passed over ${reason}`),
        ]),
        'Three ways to provide it:',
        `  1. ${fetching};`,
        `  2. ${list(lacks.map(({ lacking }) => `\`${lacking.command}\``))} on the PATH;`,
        `  3. ${list(lacks.map(({ lacking }) => `${lacking.variable}=<${lacking.variableNames}>`))}.`,
      ].join('\n'),
    );
  }
}

const list = (items: readonly string[]): string => items.join(' and ');
