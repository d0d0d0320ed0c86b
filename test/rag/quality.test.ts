import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../examples/rag/embeddings/embedder.js';
import { openMiniLm } from '../../examples/rag/embeddings/minilm.js';
import { loadDocuments } from '../../examples/rag/evaluation/load-documents.js';
import { type Asked, ask, qualityOf, ways } from '../../examples/rag/evaluation/measure.js';
import { ndcgAt, recallAt, reciprocalRank } from '../../examples/rag/evaluation/metrics.js';
import { type Question, readQuestions, splitsOf } from '../../examples/rag/evaluation/questions.js';
import { chooseThresholds, heldOutRefusals, refusalsOf } from '../../examples/rag/evaluation/refusals.js';
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

  it('choose thresholds that refuse 92 in 100 without an answer, and claim three', () => {
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
      ...Array.from({ length: 100 }, (_, i) => asked(i / 200, 0)),
    ];
    const thresholds = chooseThresholds(all);
    expect(thresholds.hopeless).toBeCloseTo(0.125);
    expect(refusalsOf(all, thresholds)).toEqual({
      answerable: 20,
      unanswerable: 100,
      falselyRefused: 8,
      refused: 92,
      notClaimed: 97,
      cautioned: 0,
    });
    expect(heldOutRefusals(all, 10)).toMatchObject({ answerable: 20, unanswerable: 100 });
  });

  it('hold out each part once', () => {
    const splits = splitsOf(['a', 'b', 'c', 'd', 'e'], 2);
    expect(splits).toEqual([
      { chosenBy: ['b', 'd'], heldOut: ['a', 'c', 'e'] },
      { chosenBy: ['a', 'c', 'e'], heldOut: ['b', 'd'] },
    ]);
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
    for (const refusals of [refusalsOf(hybrid, thresholds), heldOutRefusals(hybrid, 10)]) {
      expect(refusals.refused / refusals.unanswerable).toBeGreaterThanOrEqual(0.9);
      expect(refusals.falselyRefused / refusals.answerable).toBeLessThanOrEqual(0.48);
      expect(refusals.notClaimed / refusals.unanswerable).toBeGreaterThanOrEqual(0.92);
    }
    // Asked as the documents put it, hardly anything is refused.
    const plain = hybrid.filter(({ question }) => ['plain', 'identifier', 'alike'].includes(question.kind));
    const { falselyRefused, answerable } = refusalsOf(plain, thresholds);
    expect(falselyRefused / answerable).toBeLessThanOrEqual(0.1);
  });
});
