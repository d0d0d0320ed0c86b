import { accessSync, constants, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests make thousands of files a second and delete them again, Postgres clusters most of all, which a file system on a disk
 * pays for: in a sample of a run, a tenth of all processor time. So they work in memory, where there is a folder for that with room. In a container it is often small.
 */
function folderInMemory(): string | undefined {
  const folder = '/dev/shm';
  const enoughBytes = 6 * 1024 ** 3;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= enoughBytes ? folder : undefined;
  } catch {
    return undefined;
  }
}

const scratch = process.env.TMPDIR ?? folderInMemory();
if (scratch !== undefined) process.env.TMPDIR = scratch;

/** What takes longest, so that none of it runs alone at the end. vitest knows it from earlier runs, and a clean clone has none. */
const heaviest = [
  'package/package',
  'operations/move',
  'operations/restore',
  'operations/killed-worker',
  'cli/stack',
  'operations/offboard',
  'operations/rotate-credentials',
  'operations/branch',
  'lifecycle/lifecycle',
  'security/hold-on',
  'security/copies',
  'operations/workers-away',
  'deploys/two-releases',
  'rag/server',
  'rag/killed-worker',
  'rag/ingest',
].map((name) => `/test/${name}.test.ts`);

class HeaviestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => place(a) - place(b));
  }
}

/** Those that are not named keep their order, after those that are. */
function place({ moduleId }: TestSpecification): number {
  const at = heaviest.findIndex((name) => moduleId.endsWith(name));
  return at === -1 ? heaviest.length : at;
}

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
    // A test runs most of what it runs a few times. Compiled for speed is what runs eight times as often as V8 would wait for, and
    // memory for what is young is larger: 146 s of processor time instead of 152 for five files.
    execArgv: ['--interrupt-budget=1056000', '--max-semi-space-size=32'],
    // Twice as many as cores: a test waits about half of its time for servers, timers and processes that are not its own.
    maxWorkers: 4,
    sequence: { sequencer: HeaviestFirst },
    // What a hung test costs. A machine of CI has been four times as slow as a quiet one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
