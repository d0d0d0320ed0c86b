import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The package's own name leads to its TypeScript. Of Vite's defaults, which a list replaces, `module` is left out: Node
  // does not know it, and packages keep code for bundlers there.
  ssr: { resolve: { conditions: ['tenantry-source', 'node', 'development|production'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/emulator/coverage.setup.ts'],
    // Temporal's native part does not live in threads.
    pool: 'forks',
    // What tests must not share, servers, databases, folders and queues, each of them makes for itself. Modules they do share:
    // to load ours, Temporal's and Neon's description again for each file took 186 s of a whole run's two processes.
    isolate: false,
    // Each file runs servers besides itself.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
