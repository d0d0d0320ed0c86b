/** What started an operation, if it was not a person. */
export type StartedBy =
  /** The sweep or a reconcile, after a run that was terminated: only valid while that run still holds the tenant. */
  | { readonly kind: 'take-up'; readonly runId: string }
  /** The tenant has spent its budget. A tenant that this suspended is also resumed by it. */
  | { readonly kind: 'budget' };
