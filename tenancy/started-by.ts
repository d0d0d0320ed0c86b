/** What started an operation, where that was no person. */
export type StartedBy =
  /** The sweep or a reconcile, for a run that was ended by force: only while that one is still what has the tenant. */
  | { readonly kind: 'take-up'; readonly runId: string }
  /** The tenant's budget is spent: whom it has shut out, it lets in again. */
  | { readonly kind: 'budget' };
