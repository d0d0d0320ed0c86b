/**
 * Whether the host of a URL can only lead to this machine. Names below `localhost` do not count: some resolvers ask DNS
 * for them.
 */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
}
