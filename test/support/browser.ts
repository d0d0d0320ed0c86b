import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, or the one that is named; `undefined` where there is none. */
export const chromiumPath = [process.env.TENANTRY_CHROMIUM_BIN, '/usr/bin/chromium'].find(
  (file): file is string => file !== undefined && existsSync(file),
);

/** A browser that speaks to this machine alone. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      // Root has no user namespace to put a sandbox in.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
