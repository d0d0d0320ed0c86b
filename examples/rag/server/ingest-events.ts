import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentEntry } from '../documents/catalogue.js';
import type { DocumentWait } from '../documents/document-waits.js';
import type { ServerEvent } from './event-stream.js';
import { format } from './format.js';
import type { Trouble } from './trouble.js';
import { fragment } from './views.js';
import type { Workspace } from './workspace.js';

/** Whether something is still being done for its newest version. */
export function isInHand({ state }: Pick<DocumentEntry, 'state'>): boolean {
  return state === 'queued' || state === 'extracting' || state === 'embedding';
}

/** What a document's page shows beside its state. */
export async function standing(workspace: Pick<Workspace, 'waits'>, document: DocumentEntry) {
  const inHand = isInHand(document);
  return { inHand, wait: inHand ? (await workspace.waits([document.id])).get(document.id) : undefined };
}

export interface IngestSource extends Pick<Workspace, 'resume' | 'waits'> {
  /** Those that the page shows. */
  documents(): Promise<readonly DocumentEntry[]>;
  /** What to say of an error. Nothing of a defect, which ends the events. */
  troubleOf(error: unknown): Trouble | undefined;
}

/** Milliseconds between two looks: into the database, at what waits, and while nothing can be had. */
const pauses = { documents: 1_000, waits: 3_000, trouble: 10_000 };

/**
 * The state of each document of a page as it changes, for as long as one is in hand. Then it ends. An open page keeps no compute
 * awake: the database is looked at while a document gets on in it, and while each of them waits, their runs are asked instead.
 */
export async function* ingestEvents(source: IngestSource, every = pauses): AsyncGenerator<ServerEvent> {
  const page = new ShownStates();
  let isResumed = false;
  let isTroubled = false;
  for (;;) {
    let documents: readonly DocumentEntry[];
    try {
      if (!isResumed) await source.resume();
      isResumed = true;
      documents = await source.documents();
    } catch (error) {
      const trouble = source.troubleOf(error);
      if (trouble === undefined) throw error;
      yield { event: 'trouble', data: fragment('trouble', { trouble }) };
      isTroubled = true;
      await sleep(every.trouble);
      continue;
    }
    if (isTroubled) yield { event: 'trouble', data: '' };
    isTroubled = false;

    const ids = documents.filter(isInHand).map(({ id }) => id);
    let waits = page.stillWaiting(documents) ?? (await source.waits(ids));
    yield* page.show(documents, waits);
    while (ids.length > 0 && waits.size === ids.length) {
      await sleep(every.waits);
      waits = await source.waits(ids);
      yield* page.show(documents, waits);
    }
    if (ids.length === 0) break;
    await sleep(every.documents);
  }
  yield { event: 'end', data: null };
}

type Waits = ReadonlyMap<string, DocumentWait>;

/** What the page shows of each document. */
class ShownStates {
  readonly #html = new Map<string, string>();
  /** The same without what it waits for: another one says that it got on. */
  readonly #standing = new Map<string, string>();
  #waits: Waits = new Map();

  /** Where a document got on since the last look, what those wait for that did not. Nothing where the runs are to be asked. */
  stillWaiting(documents: readonly DocumentEntry[]): Waits | undefined {
    const gotOn = new Set<string>();
    for (const document of documents) {
      const before = this.#standing.get(document.id);
      const now = stateOf(document, undefined);
      if (before !== undefined && before !== now) gotOn.add(document.id);
      this.#standing.set(document.id, now);
    }
    return gotOn.size === 0 ? undefined : new Map([...this.#waits].filter(([id]) => !gotOn.has(id)));
  }

  *show(documents: readonly DocumentEntry[], waits: Waits): Generator<ServerEvent> {
    this.#waits = waits;
    for (const document of documents) {
      const { id } = document;
      const html = stateOf(document, waits.get(id));
      // Those that were done before are on the page already.
      const isNews = this.#html.has(id) ? this.#html.get(id) !== html : isInHand(document);
      if (isNews) yield { event: 'state', data: { id, html } };
      this.#html.set(id, html);
    }
    yield { event: 'left', data: leftWords(documents.filter(isInHand).length, waits.size) };
  }
}

function stateOf(document: DocumentEntry, wait: DocumentWait | undefined): string {
  return fragment('document-state', { document, wait });
}

function leftWords(left: number, waiting: number): string {
  if (left === 0) return 'Nothing is in hand.';
  const waits = waiting === 0 ? '' : `, ${format.count(waiting)} of them waiting`;
  return `${format.counted(left, 'document')} in hand${waits}.`;
}
