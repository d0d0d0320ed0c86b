/** What one workspace may hold. */
export interface Limits {
  readonly documents: number;
  /** Of one document, as it was uploaded. */
  readonly bytes: number;
  /** Of all documents together. */
  readonly passages: number;
}

/** By the name of the workspace's plan. */
export const limitsOfPlans: Readonly<Record<string, Limits>> = {
  free: { documents: 200, bytes: 5 * 1024 ** 2, passages: 20_000 },
  team: { documents: 10_000, bytes: 20 * 1024 ** 2, passages: 500_000 },
};

/** A plan of the fleet whose limits somebody forgot. */
export class PlanWithoutLimitsError extends Error {
  override readonly name = 'PlanWithoutLimitsError';

  constructor(plan: string) {
    super(`the plan "${plan}" has no limits of documents: give it some in documents/limits.ts`);
  }
}

/** @throws PlanWithoutLimitsError */
export function limitsOf(plan: string): Limits {
  const limits = limitsOfPlans[plan];
  if (limits === undefined) throw new PlanWithoutLimitsError(plan);
  return limits;
}

/** The workspace is full, or the document too big: the message is a sentence for its owner. */
export class LimitReachedError extends Error {
  override readonly name = 'LimitReachedError';
  readonly limit: keyof Limits;
  readonly most: number;

  constructor(limit: keyof Limits, most: number) {
    super(sentences[limit](most));
    this.limit = limit;
    this.most = most;
  }
}

const sentences: Readonly<Record<keyof Limits, (most: number) => string>> = {
  documents: (most) => `This workspace holds ${number(most)} documents, which is as many as its plan allows.`,
  bytes: (most) => `A document may have ${megabytes(most)} at most.`,
  passages: (most) =>
    `With this document the workspace would hold more than ${number(most)} passages, which is as many as its plan allows.`,
};

/** `5 MB` */
export function megabytes(bytes: number): string {
  return `${number(bytes / 1024 ** 2)} MB`;
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
