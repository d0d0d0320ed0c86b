/** A workspace whose passages are getting vectors of another model, as far as that has come. */
export interface ModelChange {
  readonly tenantId: string;
  readonly model: string;
  readonly done: number;
  readonly of: number;
  /** Why it waits, if it does. */
  readonly waits?: string | undefined;
}
