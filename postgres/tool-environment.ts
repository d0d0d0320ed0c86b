/** What any program may know of where it runs. `LC_` stands for all that begin so. */
const plain = /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|(DY)?LD_LIBRARY_PATH)$/;

/**
 * The environment of a program that is not ours: enough to run, and none of the keys that this process may have been
 * given. A server that tenants send SQL to has its environment in its memory, and other processes of its user can read it.
 */
export function toolEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => plain.test(name)));
}
