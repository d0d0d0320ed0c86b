import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../local/free-port.js';
import { temporalFlags } from '../../local/temporal-flags.js';
import { temporalReady } from '../../local/temporal-ready.js';
import { startTemporalServer, type TemporalServerOptions } from '../../local/temporal-server.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { leash } from '../../postgres/index.js';
import { eventually } from '../support/eventually.js';
import { scratch } from './fake-tools.js';

describe('the local Temporal server', () => {
  let binary: string;
  beforeAll(async () => {
    binary = (await findToolchain()).temporal;
  });

  it('serves the namespace and the UI on loopback ports that were free', async () => {
    const server = await started({ stateDir: await scratch() });
    const client = await clientOf(server.address);
    await client.workflow.start('idle', { taskQueue: 'none', workflowId: 'one' });
    expect((await client.workflow.count()).count).toBe(1);
    expect((await fetch(server.uiUrl ?? 'no UI')).status).toBe(200);
  });

  it('is tried again where somebody else was quicker to take a port', async () => {
    const stateDir = await scratch();
    const quicker = join(stateDir, 'quicker');
    const once = `[ -e '${quicker}' ] || { touch '${quicker}'; echo 'listen tcp 127.0.0.1:7: bind: address already in use'; exit 1; }`;
    const beaten = join(stateDir, 'temporal');
    await writeFile(beaten, `#!/bin/sh\n${once}\nexec '${binary}' "$@"\n`, { mode: 0o755 });
    const server = await started({ stateDir, binary: beaten });
    expect((await (await clientOf(server.address)).workflow.count()).count).toBe(0);
  });

  it('keeps its runs over a restart, and adds the search attributes that are new', async () => {
    const stateDir = await scratch();
    const first = await started({ stateDir, searchAttributes: { TenantId: 'Keyword' } });
    await begin(await clientOf(first.address), 'one', { TenantId: ['acme'] });
    await first.stop();

    const second = await started({ stateDir, searchAttributes: { TenantId: 'Keyword', Plan: 'Keyword' } });
    const client = await clientOf(second.address);
    expect((await client.workflow.getHandle('one').describe()).status.name).toBe('RUNNING');
    await begin(client, 'two', { TenantId: ['globex'], Plan: ['free'] });
    await eventually(
      'the run is found by it',
      async () => (await idsWhere(client, 'Plan = "free"')).length > 0,
    );
    expect(await idsWhere(client, 'Plan = "free"')).toEqual(['two']);
    expect(await idsWhere(client, 'TenantId = "acme"')).toEqual(['one']);
  });

  it('lets no web page start a run by its HTTP API, which has no login', async () => {
    const [port, httpPort] = [await freePort(), await freePort()];
    const server = await leash({
      command: binary,
      args: [
        ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
        ...['--http-port', String(httpPort), ...temporalFlags({})],
      ],
    });
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    await temporalReady(binary, port, {}, AbortSignal.timeout(30_000));
    // As any page can: no preflight asks before a request of this kind.
    const response = await fetch(
      `http://127.0.0.1:${httpPort}/api/v1/namespaces/default/workflows/by-a-page`,
      {
        method: 'POST',
        headers: { 'content-type': 'text/plain', origin: 'http://attacker.example' },
        body: JSON.stringify({ workflowType: { name: 'idle' }, taskQueue: { name: 'none' } }),
      },
    );
    expect(response.status).toBe(403);
    expect((await (await clientOf(`127.0.0.1:${port}`)).workflow.count()).count).toBe(0);
  });

  it('is waited for where it listens for longer than a connection is tried before it serves', async () => {
    const server = await started({ stateDir: await scratch(), headless: true });
    const slow = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    onTestFinished(() => void slow.close());
    slow.on('connection', async (socket) => {
      await setTimeout(11_000);
      const [host, port] = server.address.split(':');
      const upstream = connect(Number(port), host);
      pipeline(socket, upstream, socket, () => undefined);
    });
    const { port } = slow.address() as AddressInfo;
    await expect(temporalReady(binary, port, {}, AbortSignal.timeout(40_000))).resolves.toBeUndefined();
  });

  it('ends with its parent, even when that is killed outright', async () => {
    const owner = fork(join(import.meta.dirname, 'server-owner.ts'), [binary, await scratch()], {
      execArgv: ['--import', 'tsx'],
    });
    const [pid] = await once(owner, 'message');
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await eventually('the server has ended', async () => !isAlive(pid));
  });

  it('says why it did not start, with the end of its log', async () => {
    const stateDir = await scratch();
    await mkdir(join(stateDir, 'temporal.db'));
    await expect(started({ stateDir })).rejects.toThrow(/did not start.*temporal\.log:\n.*database/s);
  });

  it('refuses a port that is taken, where the other server would have answered for it', async () => {
    const other = await started({ stateDir: await scratch() });
    const port = Number(other.address.split(':')[1]);
    await expect(started({ stateDir: await scratch(), port })).rejects.toThrow(`EADDRINUSE`);
  });

  async function started(options: Partial<TemporalServerOptions> & { stateDir: string }) {
    const server = await startTemporalServer({ binary, searchAttributes: {}, ...options });
    onTestFinished(() => server.stop());
    return server;
  }
});

async function clientOf(address: string): Promise<Client> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

async function begin(client: Client, workflowId: string, searchAttributes: Record<string, string[]>) {
  await client.workflow.start('idle', { taskQueue: 'none', workflowId, searchAttributes });
}

async function idsWhere(client: Client, query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
