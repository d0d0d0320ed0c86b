import { isLoopback } from '../tenancy/loopback.js';

/**
 * Why an API's address is not acceptable; nothing if it is. Without TLS everyone on the network path sees the
 * key and every password, so plain http is only for this machine, and for the one host that is named for it.
 */
export function apiAddressProblem(host: string, insecureHost?: string): string | undefined {
  if (!URL.canParse(host)) return 'is not an http(s):// address';
  const { protocol, hostname } = new URL(host);
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return 'is not an http(s):// address';
  if (isLoopback(hostname) || hostname === insecureHost?.toLowerCase()) return undefined;
  return `would send the key in clear to ${hostname}; use https, or name that host in NEON_API_INSECURE_HOST where an emulator answers`;
}
