import { continueAsNew, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DocumentKey } from '../documents/document-key.js';
import {
  embedding,
  ensureIndex,
  nextWork,
  publishVersion,
  reading,
  removeDocument,
  unlessGone,
} from './activities.js';

/** Something of the document was changed: look again. */
export const changed = defineSignal('changed');

/**
 * Makes of a document what its rows say: brings its newest version live, or removes it. What is due is found in the rows and not
 * in the signal, so a version that was overtaken meanwhile is left for the newer one, and a lost signal loses nothing.
 */
export async function keepDocument(document: DocumentKey): Promise<void> {
  let lookAgain = true;
  setHandler(changed, () => {
    lookAgain = true;
  });
  await unlessGone(async () => {
    while (lookAgain) {
      lookAgain = false;
      await doWhatIsDue(document);
    }
  });
}

async function doWhatIsDue(document: DocumentKey): Promise<void> {
  for (let due = await nextWork(document); due.kind !== 'nothing'; due = await nextWork(document)) {
    if (due.kind === 'removal') await removeDocument(document);
    else await bringLive(document, due.version);
  }
}

async function bringLive(document: DocumentKey, version: number): Promise<void> {
  const key = { ...document, version };
  const { readVersion } = reading();
  const { embedNextOfVersion } = embedding();
  if (!(await readVersion(key))) return;
  do {
    while (await embedNextOfVersion(key)) {
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof keepDocument>(document);
    }
    // Between the last look and this one a passage may have lost its vector, or another model have come.
  } while ((await publishVersion(key)) === 'incomplete');
  await ensureIndex(document);
}
