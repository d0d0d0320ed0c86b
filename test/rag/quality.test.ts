import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../examples/rag/embeddings/embedder.js';
import { openMiniLm } from '../../examples/rag/embeddings/minilm.js';
import { loadDocuments } from '../../examples/rag/evaluation/load-documents.js';
import { type Asked, ask, qualityOf, ways } from '../../examples/rag/evaluation/measure.js';
import { ndcgAt, recallAt, reciprocalRank } from '../../examples/rag/evaluation/metrics.js';
import { halvesOf, type Question, readQuestions } from '../../examples/rag/evaluation/questions.js';
import { chooseThresholds, refusalsOf } from '../../examples/rag/evaluation/refusals.js';
import { remembering } from '../../examples/rag/evaluation/remembering.js';
import { fetchModels } from '../../examples/rag/models/fetch-models.js';
import { thresholdsOf } from '../../examples/rag/search/confidence.js';
import { type RagWorkspace, startRagWorkspace } from './support/workspace.js';

describe('the metrics', () => {
  it('count the answers among the first passages', () => {
    expect(recallAt(2, [[0], [], [1]], 2)).toBe(0.5);
    expect(recallAt(3, [[0], [], [1]], 2)).toBe(1);
    expect(recallAt(2, [[0], [0]], 2)).toBe(0.5);
    expect(recallAt(5, [], 1)).toBe(0);
  });

  it('look at the place of the first answer', () => {
    expect(reciprocalRank([[0], []])).toBe(1);
    expect(reciprocalRank([[], [], [], [1]])).toBe(0.25);
    expect(reciprocalRank([[], []])).toBe(0);
  });

  it('discount an answer by the logarithm of its place', () => {
    expect(ndcgAt(10, [[0], [1]], 2)).toBe(1);
    expect(ndcgAt(10, [[], [0]], 1)).toBeCloseTo(1 / Math.log2(3));
    // (1 + 1/2) of (1 + 1/log2(3)).
    expect(ndcgAt(10, [[0], [], [1]], 2)).toBeCloseTo(0.9197, 4);
    // The same answer twice counts once.
    expect(ndcgAt(10, [[0], [0]], 2)).toBeCloseTo(0.6131, 4);
    expect(ndcgAt(1, [[], [0]], 1)).toBe(0);
  });

  it('choose thresholds that refuse one in twenty, and let one in ten slip', () => {
    const asked = (confidence: number, answers: number): Asked => ({
      question: {
        kind: 'plain',
        question: '',
        answers: new Array(answers).fill({ document: '', quote: '' }),
      },
      ranking: [],
      confidence,
    });
    const all = [
      ...Array.from({ length: 20 }, (_, i) => asked(0.1 + i / 20, 1)),
      ...Array.from({ length: 10 }, (_, i) => asked(i / 20, 0)),
    ];
    const thresholds = chooseThresholds(all);
    expect(refusalsOf(all, thresholds)).toEqual({
      answerable: 20,
      unanswerable: 10,
      falselyRefused: 1,
      refused: 3,
      notClaimed: 9,
      cautioned: 6,
    });
  });
});

describe('search over the documents of the evaluation', () => {
  let workspace: RagWorkspace;
  let embedder: Embedder;
  let questions: Question[];

  beforeAll(async () => {
    workspace = await startRagWorkspace();
    embedder = remembering(await openMiniLm({ folder: await fetchModels() }));
    await loadDocuments(workspace.pool, embedder);
    questions = await readQuestions();
  }, 300_000);

  afterAll(async () => {
    await embedder?.close();
    await workspace?.stop();
  });

  it('has questions whose answers stand in one passage', async () => {
    const { rows } = await workspace.pool.query<{ origin: string; text: string }>(
      'select origin, text from passages join documents on documents.id = document_id',
    );
    const lost = questions
      .flatMap(({ answers }) => answers)
      .filter(
        ({ document, quote }) =>
          !rows.some(({ origin, text }) => origin === document && text.includes(quote)),
      );
    expect(lost).toEqual([]);
  });

  it('finds what is asked, better by both than by either', async () => {
    const { pool } = workspace;
    const hybrid = await ask(pool, embedder, questions, ways.hybrid);
    const quality = qualityOf(hybrid);
    expect(quality.recallAt5).toBeGreaterThanOrEqual(0.95);
    expect(quality.mrr).toBeGreaterThanOrEqual(0.82);
    expect(quality.ndcgAt10).toBeGreaterThanOrEqual(0.86);
    for (const way of [ways.vector, ways.text]) {
      const alone = qualityOf(await ask(pool, embedder, questions, way));
      expect(quality.recallAt5).toBeGreaterThanOrEqual(alone.recallAt5);
      expect(quality.mrr).toBeGreaterThanOrEqual(alone.mrr);
      expect(quality.ndcgAt10).toBeGreaterThanOrEqual(alone.ndcgAt10);
    }
    const thresholds = thresholdsOf(embedder.model);
    if (thresholds === undefined) throw new Error('no thresholds were measured');
    const refusals = refusalsOf(halvesOf(hybrid).heldOut, thresholds);
    expect(refusals.falselyRefused / refusals.answerable).toBeLessThanOrEqual(0.08);
    expect(refusals.notClaimed / refusals.unanswerable).toBeGreaterThanOrEqual(0.8);
  });
});
