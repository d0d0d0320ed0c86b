import { proxyActivities, sleep } from '@temporalio/workflow';
import type { TextbookActivities } from './activities.js';
import type { TextbookInput } from './input.js';

const { begin, startProject, isReady, prepare, succeed } = proxyActivities<TextbookActivities>({
  startToCloseTimeout: '1 minute',
});

/** As every introduction has it: each step is an activity, and so is each look, one a second. */
export async function textbookOnboarding(input: TextbookInput): Promise<void> {
  await begin(input);
  const projectId = await startProject(input);
  while (!(await isReady({ ...input, projectId }))) await sleep('1 second');
  const schemaVersion = await prepare({ ...input, projectId });
  await succeed({ ...input, schemaVersion });
}
