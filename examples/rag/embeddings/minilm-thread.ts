import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { toUnit } from './unit-vector.js';

export interface MiniLmStart {
  readonly file: string;
  readonly threads: number;
}

export interface MiniLmBatch {
  readonly id: number;
  readonly batch: readonly (readonly number[])[];
}

export type MiniLmAnswer = { readonly id: number } & (
  | { readonly vectors: readonly Float32Array[] }
  | { readonly error: string }
);

const { file, threads } = workerData as MiniLmStart;
const session = await InferenceSession.create(file, { intraOpNumThreads: threads, interOpNumThreads: 1 });

parentPort?.on('message', async ({ id, batch }: MiniLmBatch) => {
  parentPort?.postMessage(await answer(id, batch));
});
parentPort?.postMessage('ready');

async function answer(id: number, batch: MiniLmBatch['batch']): Promise<MiniLmAnswer> {
  try {
    return { id, vectors: await embed(batch) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

async function embed(batch: MiniLmBatch['batch']): Promise<Float32Array[]> {
  const width = Math.max(...batch.map((ids) => ids.length));
  const padded = (valueAt: (ids: readonly number[], i: number) => number) =>
    new Tensor(
      'int64',
      BigInt64Array.from(
        batch.flatMap((ids) => Array.from({ length: width }, (_, i) => BigInt(valueAt(ids, i)))),
      ),
      [batch.length, width],
    );
  const { last_hidden_state: states } = await session.run({
    input_ids: padded((ids, i) => ids[i] ?? 0),
    attention_mask: padded((ids, i) => (i < ids.length ? 1 : 0)),
    token_type_ids: padded(() => 0),
  });
  if (states === undefined || !(states.data instanceof Float32Array))
    throw new Error('The model does not answer with the states of its last layer.');
  const dimensions = states.dims[2] ?? 0;
  const all = states.data;
  return batch.map((ids, row) => {
    const start = row * width * dimensions;
    return toUnit(mean(all.subarray(start, start + ids.length * dimensions), dimensions));
  });
}

/** Of the tokens that are there: the padding after them is left out. Up to its length, of which nothing is left afterwards. */
function mean(states: Float32Array, dimensions: number): Float32Array {
  const sum = new Float32Array(dimensions);
  states.forEach((value, i) => {
    sum[i % dimensions] = (sum[i % dimensions] ?? 0) + value;
  });
  return sum;
}
