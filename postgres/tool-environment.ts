/** The variables that any program may see. `LC_` stands for all names with that prefix. */
const plain = /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|(DY)?LD_LIBRARY_PATH)$/;

/**
 * The environment of a program that is not ours: enough to run, without the keys that this process may have.
 * A server to which tenants send SQL has its environment in its memory, and other processes of its user can
 * read it.
 */
export function toolEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => plain.test(name)));
}
