import { condition, defineSignal, setHandler } from '@temporalio/workflow';

export * from '../../../workflows/index.js';

const finish = defineSignal('finish');

/** What a user runs for each tenant: it waits for a person's word, or fails. */
export async function ownWork({ fails = false }: { readonly fails?: boolean }): Promise<void> {
  let finished = false;
  setHandler(finish, () => {
    finished = true;
  });
  await condition(() => finished);
  if (fails) throw new Error('it was to fail');
}
