import type { z } from 'zod';

/** The environment is invalid: the message lists every problem, one on each line, with the variable's name. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly problems: readonly string[]) {
    super(['the configuration has problems:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

/**
 * The variables that are set. An empty variable counts as unset, because shells and compose files clear variables
 * that way.
 */
export function setVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => !!entry[1]),
  );
}

/**
 * Reads the variables that a schema names, and ignores all others. Throws {@link EnvironmentError}.
 * @param needs Why a variable is needed, when that is not obvious.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
  needs: Readonly<Record<string, string>> = {},
): Readonly<z.output<Schema>> {
  const set = setVariables(environment);
  const parsed = schema.safeParse(set);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new EnvironmentError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      const missing = issue.code === 'invalid_type' && !Object.hasOwn(set, name);
      // The value is never repeated: it may be a mistyped secret.
      const why = needs[name] === undefined ? '' : `: ${needs[name]}`;
      return `${name} ${missing ? `is not set${why}` : issue.message}`;
    }),
  );
}
