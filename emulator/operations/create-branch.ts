import { desiredOf } from '../compute/desired.js';
import { update } from '../state/changes.js';
import type { Operation } from '../state/records.js';
import { choose, inventoryFor, replaceContents } from './contents.js';
import { sourceOf } from './source.js';
import { branchReady, subject } from './subject.js';
import type { Work, Workshop } from './workshop.js';

export const createBranch: Work = {
  clock: () => 'createBranch',
  when: 'early',
  run: makeBranch,
  settle: (operation, store) => branchReady(operation, store),
  abandon: () => [],
};

/** Makes a branch's data, and lists what turned out to be in it. */
export async function makeBranch(operation: Operation, { store, computes }: Workshop): Promise<void> {
  const { project, branch } = subject(operation, store);
  const source = sourceOf(branch, store);
  const made = await computes.makeData(branch, {
    source: source.owner,
    moment: branch.making?.moment,
    content: branch.init_source === 'schema-only' ? 'schema-only' : 'parent-data',
    remembers: true,
  });
  const present = desiredOf(store, project.id, branch.id);
  const inventory = made.inventory ?? inventoryFor(source.contents);
  store.commit([
    ...replaceContents(present, choose(inventory, [present, source.contents], project, branch)),
    update('branch', branch, { ...(branch.parent_id !== undefined && { parent_lsn: made.lsn }) }),
  ]);
}
