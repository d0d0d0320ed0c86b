import type { TenantPool } from '../../client/index.js';
import type { Embedder } from '../../examples/rag/embeddings/embedder.js';
import { findCandidates } from '../../examples/rag/search/candidates.js';
import { planSearch } from '../../examples/rag/search/plan.js';
import { timed } from '../timed.js';
import { percentiles, processorMs } from './percentiles.js';

/** Of the first ones the compute reads its pages and the processor warms up; they do not count. */
const warmUp = 10;

/** What `search` does, with the method given: it chooses by itself, exact up to 20,000 passages. */
export async function measureSearches(
  pool: TenantPool,
  embedder: Embedder,
  questions: readonly string[],
  vectors: 'exact' | 'hnsw',
) {
  const embedding: number[] = [];
  const whole: number[] = [];
  const askAll = async (some: readonly string[]) => {
    for (const question of some) {
      let embedded = 0;
      whole.push(
        await timed(async () => {
          const embed = async () => {
            const [vector] = await embedder.embed([question]);
            if (vector === undefined) throw new Error('the question has no vector');
            return vector;
          };
          let vector: Float32Array | undefined;
          const began = performance.now();
          const [plan] = await Promise.all([
            planSearch(pool, {}),
            embed().then((made) => {
              vector = made;
              embedded = performance.now() - began;
            }),
          ]);
          if (plan === undefined || vector === undefined) throw new Error('there is nothing to search');
          await findCandidates(pool, {
            plan: { ...plan, vectors },
            filter: {},
            question,
            vector,
            weights: { vector: 1, text: 1 },
            count: 20,
          });
        }),
      );
      embedding.push(embedded);
    }
  };
  await askAll(questions.slice(0, warmUp));
  const processor = await processorMs(() => askAll(questions));
  return {
    whole: percentiles(whole.slice(warmUp)),
    embedding: percentiles(embedding.slice(warmUp)),
    processor: (processor / questions.length).toFixed(1),
  };
}
