import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentEntry } from '../documents/catalogue.js';
import type { ServerEvent } from './event-stream.js';
import { format } from './format.js';
import { fragment } from './views.js';
import type { Workspace } from './workspace.js';

/** Whether something is still being done for its newest version. */
export function isInHand({ state }: Pick<DocumentEntry, 'state'>): boolean {
  return state === 'queued' || state === 'extracting' || state === 'embedding';
}

/**
 * The state of each document as it changes, for as long as one is in hand. Then it ends, so that an open page keeps no compute awake:
 * while a document is being indexed, its database is awake anyway.
 */
export async function* ingestEvents(
  workspace: Pick<Workspace, 'documents' | 'resume'>,
  everyMs = 1_000,
): AsyncGenerator<ServerEvent> {
  const shown = new Map<string, string>();
  await workspace.resume();
  for (;;) {
    const documents = await workspace.documents();
    for (const document of documents) {
      const html = fragment('document-state', { document });
      // Those that were done before are on the page already.
      const isNews = shown.has(document.id) ? shown.get(document.id) !== html : isInHand(document);
      if (isNews) yield { event: 'state', data: { id: document.id, html } };
      shown.set(document.id, html);
    }
    const left = documents.filter(isInHand).length;
    yield {
      event: 'left',
      data: left === 0 ? 'Nothing is in hand.' : `${format.counted(left, 'document')} in hand.`,
    };
    if (left === 0) break;
    await sleep(everyMs);
  }
  yield { event: 'end', data: null };
}
