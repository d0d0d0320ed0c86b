import type { DocumentKey } from '../documents/document-key.js';

/** One run for each document: who asks for work twice asks the same run. */
export function keepDocumentId({ tenantId, documentId }: DocumentKey): string {
  return `rag/${tenantId}/${documentId}`;
}

/** Temporal's keys of fairness are this long at most, in bytes. */
const longestKey = 64;

/** Tenants take turns, however much one of them has to be done. */
export function fairnessKey(tenantId: string): string {
  const fits = new TextEncoder().encode(tenantId).length <= longestKey;
  // A character is four bytes at most. Two tenants whose ids begin alike share a turn.
  return fits ? tenantId : [...tenantId].slice(0, longestKey / 4).join('');
}

/** The failure of a change to a model that does not take what a workspace has live: trying again helps nothing. */
export const passageRefused = 'PassageRefused';

/** The failure of whoever works in a workspace that was offboarded: nothing is to be done in it any more. */
export const workspaceGone = 'WorkspaceGone';
