import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkoutRoot } from '../../local/state-directory.js';
import { inParallel } from '../figures.js';
import { type Cost, costsOf, profileSchema } from '../onboarding/cpu-profile.js';
import { withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';

const defaultTenants = 300;
const atOnce = 50;
const shown = 15;

/** With the stub, in a worker under `--cpu-prof`: its main thread has activities, the catalog and the SDK, the other one runs workflows. */
const question: Question = {
  asks: 'What does a worker spend its processor time on, in onboardings where Neon and Postgres take none?',
  async measure({ tenants = defaultTenants }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-profile-'));
    try {
      await withStack({ profile: 'fast', compute: false }, async ({ startWorker, tenantry }) => {
        const worker = await startWorker('stubbed', {}, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
        await inParallel(tenants, atOnce, async (n) => {
          await tenantry.execute.onboard({ id: `t-${n}` });
        });
        // A profile is written when its process ends by itself.
        await worker.stop();
      });
      const profiles = [];
      for (const file of await readdir(folder))
        profiles.push(profileSchema.parse(JSON.parse(await readFile(path.join(folder, file), 'utf8'))));
      if (profiles.length === 0) throw new Error('the worker left no profile');
      const { causes, functions, busyMs } = costsOf(profiles, checkoutRoot);
      const rows = (costs: readonly Cost[]) =>
        costs
          .slice(0, shown)
          .map(({ name, ms }) => [name, (ms / tenants).toFixed(2), `${((ms / busyMs) * 100).toFixed(1)} %`]);
      return {
        table: [
          [`a worker, ${tenants} onboardings`, 'ms each', 'share'],
          ['all that is no idling', (busyMs / tenants).toFixed(2), '100 %'],
          ...rows(causes),
          ['', '', ''],
          ...rows(functions),
        ],
        ratios: {},
        figures: { tenants, busyMs, causes, functions: functions.slice(0, 100) },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

export default question;
