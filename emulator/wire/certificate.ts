import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { generate } from 'selfsigned';

/** What the gateway proves itself with. */
export interface TlsIdentity {
  readonly context: SecureContext;
  /** `tls-server-end-point` of RFC 5929: a client that binds to this channel has seen this certificate. */
  readonly channelBinding: Buffer;
  /** For clients that verify: the certificate is its own authority. */
  readonly caFile: string;
}

const validForMs = 10 * 365 * 24 * 60 * 60 * 1000;

/** The certificate of a data directory, made when there is none, or none for these hosts that is still valid. */
export async function tlsIdentity(dataDir: string, hosts: readonly string[]): Promise<TlsIdentity> {
  const caFile = join(dataDir, 'tls.crt');
  const keyFile = join(dataDir, 'tls.key');
  if (!existsSync(keyFile) || !speaksFor(caFile, hosts)) await make(caFile, keyFile, hosts);
  const cert = readFileSync(caFile);
  return {
    context: createSecureContext({ cert, key: readFileSync(keyFile), minVersion: 'TLSv1.2' }),
    // The hash is that of the certificate's signature, which is SHA-256 in ours.
    channelBinding: createHash('sha256').update(new X509Certificate(cert).raw).digest(),
    caFile,
  };
}

function speaksFor(caFile: string, hosts: readonly string[]): boolean {
  if (!existsSync(caFile)) return false;
  const known = new X509Certificate(readFileSync(caFile));
  const names = (host: string) =>
    isIP(host) === 0 ? known.checkHost(host.replace('*', 'any')) : known.checkIP(host);
  return Date.parse(known.validTo) > Date.now() && hosts.every((host) => names(host) !== undefined);
}

async function make(caFile: string, keyFile: string, hosts: readonly string[]): Promise<void> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'neon emulator' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + validForMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  });
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(caFile, cert);
}
