// Run by set-up: makes sure that there is a toolchain, and tells the parent process which.

import { ensureToolchain } from './install-toolchain.js';

// Set-up holds the lock: when it is killed, another may begin, and this one must not go on beside it.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

try {
  process.send?.(await ensureToolchain());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
