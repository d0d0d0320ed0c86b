import { expect, it } from 'vitest';
import { clientNetwork } from '../../examples/rag/server/client-network.js';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2a01:4f8:c0c:1234::1', '2a01:4f8:c0c:1234::/64'],
  ['2a01:4f8:c0c:1234:ffff:eeee:dddd:cccc', '2a01:4f8:c0c:1234::/64'],
  ['2a01:04f8:0c0c:1234::', '2a01:4f8:c0c:1234::/64'],
  ['2a01:4f8::1', '2a01:4f8:0:0::/64'],
  ['2001:db8:1:2::3:4', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('of %s it is %s that counts as one asker', (ip, network) => {
  expect(clientNetwork(ip)).toBe(network);
});
