const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'no such host is known',
};

/** Why a server of ours does not listen where it was told to; nothing when something else went wrong. */
export function listenProblem(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? problems[String(error.code)] : undefined;
}
