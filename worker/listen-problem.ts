const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'no such host is known',
};

/** Why one of our servers cannot listen on its address; `undefined` when the error has another cause. */
export function listenProblem(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? problems[String(error.code)] : undefined;
}
