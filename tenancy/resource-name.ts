/** Describes what is wrong with the name of a snapshot or a branch, in one sentence; `undefined` when it is valid. */
export function resourceNameProblem(name: unknown): string | undefined {
  if (typeof name === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) return undefined;
  return 'a name is 1 to 32 lower-case letters, digits and hyphens, none at an end';
}
