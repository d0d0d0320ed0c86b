export interface TextbookInput {
  readonly tenant: { readonly fleet: string; readonly id: string };
  readonly plan: string;
}
