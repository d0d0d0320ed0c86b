/** A login's connection string for another project in which it has the same password: only the host differs. */
export function loginAt(owner: string, login: string): string {
  const there = new URL(owner);
  const { username, password } = new URL(login);
  there.username = username;
  there.password = password;
  return there.href;
}
