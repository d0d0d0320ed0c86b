/**
 * Whether a URL's host can only be this machine. Names below `localhost` do not count, because some resolvers query
 * DNS for them.
 */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
}
