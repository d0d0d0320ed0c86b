import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerEvent } from './event-stream.js';
import { format } from './format.js';
import { fragment } from './views.js';
import { type DocumentLine, statesInHand, type Workspace } from './workspace.js';

export function isInHand({ newest }: DocumentLine): boolean {
  return statesInHand.includes(newest.state);
}

/**
 * The state of each document as it changes, for as long as one is in hand. Then it ends, so that an open page keeps no compute awake:
 * while a document is being indexed, its database is awake anyway.
 */
export async function* ingestEvents(workspace: Workspace, everyMs = 1_000): AsyncGenerator<ServerEvent> {
  const shown = new Map<string, string>();
  for (;;) {
    const documents = await workspace.documents();
    for (const document of documents) {
      const html = fragment('document-state', { document });
      if (shown.get(document.id) === html) continue;
      // Those that were done before are on the page already.
      if (shown.has(document.id) || isInHand(document))
        yield { event: 'state', data: { id: document.id, html } };
      shown.set(document.id, html);
    }
    const inHand = documents.filter(isInHand).length;
    yield {
      event: 'left',
      data: inHand === 0 ? 'Every document is ready.' : `${format.counted(inHand, 'document')} in hand.`,
    };
    if (inHand === 0) break;
    await sleep(everyMs);
  }
  yield { event: 'end', data: null };
}
