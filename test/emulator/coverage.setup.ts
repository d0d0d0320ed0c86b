import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removeWhenGone } from '../../postgres/index.js';
import { coverageTable } from './coverage-table.js';

/** Vitest's global set-up: collects what all test files have exercised and prints a table when the last one has ended. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'neon-coverage-'));
  removeWhenGone(folder);
  project.provide('emulatorCoverage', folder);
  return () => {
    const table = coverageTable(folder);
    if (table !== undefined) process.stdout.write(`\n${table}\n`);
  };
}
