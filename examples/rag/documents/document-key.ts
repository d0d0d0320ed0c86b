/** Which document of which workspace. */
export interface DocumentKey {
  readonly tenantId: string;
  readonly documentId: string;
}
