import type { Client } from '@temporalio/client';
import type { TenantPool } from 'tenantry/client';
import type { keepDocument } from '../workflows/keep-document.js';
import { fairnessKey, keepDocumentId } from '../workflows/names.js';
import type { DocumentKey } from './document-key.js';
import { dueDocuments } from './due-work.js';

/** Where workers wait: what `connectTenantry` returns. */
export interface Workers {
  readonly temporal: Client;
  readonly taskQueue: string;
}

/** Has a worker look at a document after its rows were changed. One that is at it looks again. */
export async function askForWork({ temporal, taskQueue }: Workers, document: DocumentKey): Promise<void> {
  await temporal.workflow.signalWithStart<typeof keepDocument>('keepDocument', {
    ...startOf(document, taskQueue),
    signal: 'changed',
  });
}

/** The same for all documents of a workspace that are due: whoever changed their rows may have died before asking. */
export async function seeToDocuments(
  { temporal, taskQueue }: Workers,
  tenantId: string,
  pool: TenantPool,
): Promise<void> {
  for (const documentId of await dueDocuments(pool)) {
    await temporal.workflow.start<typeof keepDocument>('keepDocument', {
      ...startOf({ tenantId, documentId }, taskQueue),
      // One that is at it finds the rows as they are.
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }
}

function startOf(document: DocumentKey, taskQueue: string) {
  return {
    workflowId: keepDocumentId(document),
    taskQueue,
    args: [document] as [DocumentKey],
    // Its activities inherit it.
    priority: { fairnessKey: fairnessKey(document.tenantId) },
  };
}
