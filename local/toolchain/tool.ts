/** Something the local stack runs and does not bring along: a path, and the means to judge one. */
export interface Tool {
  /** What is wanted, as a message names it. */
  readonly title: string;
  /** The environment variable that names one, and what it names. */
  readonly variable: string;
  readonly variableNames: string;
  /** The command to look for on the PATH, and the tool's own path given where that command was found. */
  readonly command: string;
  readonly behind: (executable: string) => Promise<string>;
  /** Where set-up leaves it below its folder. */
  readonly installed: string;
  /** Why the tool at this path will not do; undefined when it is fit. */
  readonly flaw: (path: string) => Promise<string | undefined>;
}
