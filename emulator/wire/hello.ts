import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { TlsIdentity } from './certificate.js';
import { Frames } from './frames.js';
import { codeOf, requestCode } from './messages.js';

/** How a client has introduced itself. */
export interface Hello {
  /** What carries its bytes from here on. */
  readonly client: Duplex;
  /** Its StartupMessage, or its request to cancel. */
  readonly packet: Buffer;
  readonly encrypted: boolean;
}

/** The first byte of a TLS handshake, which a client may also begin with (`sslnegotiation=direct`). */
const tlsHandshake = 0x16;
const alpn = 'postgresql';

/**
 * Hears a new connection out up to the packet that says who it is, encrypting it when it wants that.
 * @throws when it goes away or speaks another protocol.
 */
export async function hello(socket: Socket, identity: TlsIdentity): Promise<Hello> {
  const plain = new Frames(socket);
  if ((await plain.peek()) === tlsHandshake) {
    const client = await encrypted(socket, identity);
    if (client.alpnProtocol !== alpn) throw new Error('a direct TLS connection has to name its protocol');
    return heard(client, true);
  }
  for (;;) {
    const packet = await plain.startup();
    const code = codeOf(packet);
    if (code === requestCode.gssEncryption) socket.write('N');
    else if (code === requestCode.tls) return encryptedHello(socket, identity);
    else return { client: socket, packet, encrypted: false };
  }
}

async function encryptedHello(socket: Socket, identity: TlsIdentity): Promise<Hello> {
  // Whatever came with the request was sent in the clear and must not be taken for the secret part (CVE-2021-23222).
  if (socket.readableLength > 0) throw new Error('received unencrypted data after SSL request');
  socket.write('S');
  return heard(await encrypted(socket, identity), true);
}

async function heard(client: Duplex, isEncrypted: boolean): Promise<Hello> {
  return { client, packet: await new Frames(client).startup(), encrypted: isEncrypted };
}

async function encrypted(socket: Socket, { context }: TlsIdentity): Promise<TLSSocket> {
  const client = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: [alpn] });
  // A failed handshake is the end of the connection and of nothing else.
  client.on('error', () => client.destroy());
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  await once(client, 'secure', { signal: gone.signal });
  return client;
}
