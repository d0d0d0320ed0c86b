import type { StepProgress, TenantryClient } from '../../client/index.js';
import { withClient } from '../../test/support/sql.js';
import { processorSeconds } from '../processor-seconds.js';
import type { Measured } from './measured.js';
import { steadyWriter } from './steady-writer.js';

const secondsOf = ({ startedAt = '', endedAt = '' }: StepProgress) =>
  (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;

/** The product's own move, and a client of its pools. */
export async function byMove(tenantry: TenantryClient, id: string): Promise<Measured> {
  const writer = steadyWriter(1, () => tenantry.pool(id));
  try {
    await writer.hasWritten();
    const [used, began] = [processorSeconds(), performance.now()];
    const handle = await tenantry.start.move(id);
    const steps = new Map<string, StepProgress>();
    for await (const step of handle.progress()) steps.set(step.name, step);
    await handle.result();
    await writer.hasWritten();
    const [whole, processor] = [(performance.now() - began) / 1000, processorSeconds() - used];
    await writer.stop();
    const [compare, close] = [steps.get('compare'), steps.get('close writes')];
    if (compare === undefined || close?.startedAt === undefined) throw new Error('the move told of no steps');
    const closing = performance.now() - (Date.now() - Date.parse(close.startedAt));
    return {
      whole,
      gap: writer.longestPause(closing) / 1000,
      compared: secondsOf(compare),
      before: writer.longestPause(began, closing) / 1000,
      lost: await withClient(await tenantry.connectionString(id), writer.lostIn),
      processor,
    };
  } finally {
    await writer.stop();
  }
}
