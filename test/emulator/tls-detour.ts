import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { tlsIdentity } from '../../emulator/wire/certificate.js';
import { scratchFolder } from '../support/scratch-folder.js';

/** Somebody in between: ends TLS with a certificate of their own and begins it anew towards the port. */
export async function encryptedDetour(port: number) {
  const folder = scratchFolder('neon-emulator-');
  const { context, caFile } = await tlsIdentity(folder.path, ['localhost', '127.0.0.1']);
  const server = createServer((near) => {
    near.on('error', () => {});
    near.once('data', async (request) => {
      near.pause();
      const far = connect(port, '127.0.0.1');
      far.write(request);
      const [yes] = await once(far, 'data');
      near.write(yes);
      const inside = new TLSSocket(near, { isServer: true, secureContext: context }).on('error', () => {});
      const outside = connectTls({ socket: far, rejectUnauthorized: false }).on('error', () => {});
      inside.pipe(outside).pipe(inside);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    port: address.port,
    caFile,
    async close() {
      server.close();
      folder.remove();
    },
  };
}
