import type { RunProgress } from '../catalog/progress.js';
import { type Progress, progressOf } from '../tenancy/progress.js';

/** The steps of a run, from the catalog. */
export function stepsIn({ steps, wait }: RunProgress): Progress {
  const progress = steps.map(progressOf);
  const at = progress.findLastIndex(({ status }) => status === 'running');
  return wait === undefined
    ? progress
    : progress.map((step, index) => (index === at ? { ...step, wait } : step));
}
