import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchPage, PageUnavailableError } from '../../examples/rag/server/fetch-page.js';
import { isPublicAddress } from '../../examples/rag/server/public-address.js';

let site: Server;
let base: string;
/** Only the site of this test is reached, and of this machine's addresses only one. */
const isAllowed = (address: string) => address === '127.0.0.1';

beforeAll(async () => {
  site = createServer((request, response) => {
    const { port } = site.address() as AddressInfo;
    switch (request.url) {
      case '/page':
        return response.setHeader('content-type', 'text/html; charset=utf-8').end('<p>words</p>');
      case '/away':
        return response.writeHead(302, { location: `http://127.0.0.2:${port}/page` }).end();
      case '/file':
        return response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      case '/round':
        return response.writeHead(302, { location: '/round' }).end();
      case '/large':
        return response.end('x'.repeat(2_000));
      case '/silent':
        return response.write('x');
      default:
        return response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});

afterAll(() => {
  site.closeAllConnections();
  site.close();
});

describe('a page', () => {
  it('is fetched with its type and its last address', async () => {
    const page = await fetchPage(`${base}/page#part`, { isAllowed });
    expect(page).toEqual({
      url: `${base}/page`,
      mediaType: 'text/html; charset=utf-8',
      content: Buffer.from('<p>words</p>'),
    });
  });

  it.each([
    ['/none', /answered 404/],
    ['/round', /redirects more than/],
    ['/away', /127\.0\.0\.2.* is not on the public internet/],
    ['/file', /Only addresses that begin with/],
    ['/large', /more than 0 MB/],
    ['/silent', /took too long|broke off/],
  ])('at %s is refused in a sentence', async (path, sentence) => {
    const fetching = fetchPage(base + path, { isAllowed, maxBytes: 1_000, timeoutMs: 500 });
    await expect(fetching).rejects.toThrow(PageUnavailableError);
    await expect(fetching).rejects.toThrow(sentence);
  });

  it.each([
    'http://localhost/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://user:secret@example.com/',
    'ftp://example.com/',
    'javascript:alert(1)',
    'nonsense',
  ])('that only this machine could reach is not asked for: %s', async (address) => {
    await expect(fetchPage(address)).rejects.toThrow(PageUnavailableError);
  });
});

describe('an address', () => {
  it.each(['1.1.1.1', '93.184.215.14', '2606:4700::1111'])('on the public internet: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '10.1.2.3',
    '100.64.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    'localhost',
    '',
  ])('elsewhere: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
