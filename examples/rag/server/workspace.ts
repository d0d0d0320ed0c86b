import { askForWork, seeToDocuments, type Workers } from '../documents/ask-for-work.js';
import {
  type DocumentEntry,
  type DocumentsSummary,
  listDocument,
  listDocuments,
  openDocument,
  type SearchableDocument,
  searchableDocuments,
  summarizeDocuments,
} from '../documents/catalogue.js';
import { DocumentNotFoundError, DocumentTwiceError } from '../documents/document-errors.js';
import { type DocumentWait, documentWaits } from '../documents/document-waits.js';
import { type Holdings, holdingsOf } from '../documents/holdings.js';
import { LimitReachedError, type Limits } from '../documents/limits.js';
import { liveModel } from '../documents/models.js';
import { markDeleted } from '../documents/removal.js';
import { retagDocument } from '../documents/retag.js';
import {
  addDocument,
  replaceDocument,
  requireFits,
  type Upload,
  type Uploaded,
} from '../documents/upload.js';
import { type VersionEntry, versionHeadings, versionsOf, versionText } from '../documents/versions-of.js';
import { DocumentUnfitError } from '../extract/extracted.js';
import { kindOf } from '../extract/kind-of.js';
import { probe, type SearchAbilities } from '../search/probe.js';
import type { SearchFilter } from '../search/searchable.js';
import type { AnswerEvent, AskWorkspace } from './ask-workspace.js';
import type { Tenantry } from './setting-up.js';

/** What a person hands in: a file, a page that was fetched, or a text that was pasted. */
export interface HandedIn extends Pick<Upload, 'content' | 'origin' | 'title' | 'tags'> {
  readonly mediaType?: string | undefined;
}

export interface OpenDocument extends DocumentEntry {
  /** Which version `text` is of. */
  readonly shown: number;
  /** Absent while it was not read, or could not be. */
  readonly text: string | undefined;
  /** Of that text. */
  readonly headings: ReadonlySet<string>;
  readonly versions: readonly VersionEntry[];
}

export interface WorkspaceUse extends Holdings {
  /** What its Postgres can do for search. */
  readonly abilities: SearchAbilities;
  /** The model that search asks; none before the first document. */
  readonly model: string | undefined;
  readonly limits: Limits;
}

/** A page of the list of documents. */
export interface ListedPage {
  readonly tag?: string | undefined;
  /** Counted from 1. */
  readonly page?: number;
}

export const documentsOnPage = 50;

export interface WorkspaceParts {
  readonly tenantry: Pick<Tenantry, 'pool'>;
  readonly limits: (tenantId: string) => Promise<Limits>;
  readonly workers: Workers;
  readonly ask: AskWorkspace;
}

/** A tenant's documents, as the pages have them. Everything is in the tenant's own database, reached as its limited role. */
export type Workspace = ReturnType<typeof workspaceOf>;

/** Whether a document was not taken for a reason that its message says to whoever handed it in. */
export function isRefusal(error: unknown): error is Error {
  return (
    error instanceof DocumentUnfitError ||
    error instanceof LimitReachedError ||
    error instanceof DocumentTwiceError
  );
}

/** @param tenantId Whose session it is: no other part of a request names a tenant. */
export function workspaceOf(tenantId: string, { tenantry, limits, workers, ask }: WorkspaceParts) {
  const pool = () => tenantry.pool(tenantId);

  const stored = async (upload: Uploaded): Promise<Uploaded> => {
    // Its rows stand. If this is lost, `resume` makes it good.
    await askForWork(workers, { tenantId, documentId: upload.documentId });
    return upload;
  };

  return {
    limits: (): Promise<Limits> => limits(tenantId),

    documents: async ({ tag, page = 1 }: ListedPage = {}): Promise<DocumentEntry[]> =>
      listDocuments(await pool(), { tag, limit: documentsOnPage, offset: (page - 1) * documentsOnPage }),

    /** None if it was deleted. */
    entry: async (id: string): Promise<DocumentEntry[]> => listDocument(await pool(), id),

    summary: async (tag?: string): Promise<DocumentsSummary> => summarizeDocuments(await pool(), tag),

    /** What a question may be held to: the newest documents that search reads. */
    searchable: async (limit: number): Promise<SearchableDocument[]> =>
      searchableDocuments(await pool(), limit),

    /** What documents in hand wait for. Asks no database. */
    waits: (ids: readonly string[]): Promise<ReadonlyMap<string, DocumentWait>> =>
      documentWaits(workers, tenantId, ids),

    /** @param version What a citation names; of one that is kept no more, the live one is shown. */
    async document(id: string, version?: number): Promise<OpenDocument> {
      const db = await pool();
      const [entry, versions] = await Promise.all([openDocument(db, id), versionsOf(db, id)]);
      const isKept = versions.some((each) => each.version === version);
      const shown = (isKept ? version : entry.liveVersion) ?? entry.version;
      const { text: liveText, ...rest } = entry;
      const [text, headings] = await Promise.all([
        shown === entry.liveVersion ? liveText : versionText(db, id, shown),
        versionHeadings(db, id, shown),
      ]);
      return { ...rest, shown, text: text ?? undefined, headings, versions };
    },

    /** Takes it in; reading and indexing go on behind. Throws what `isRefusal` knows. */
    async add(given: HandedIn): Promise<Uploaded> {
      const [db, most] = await Promise.all([pool(), limits(tenantId)]);
      requireFits(given.content, most);
      return stored(await addDocument(db, uploadOf(given), most));
    },

    /** Throws what `isRefusal` knows, and `DocumentNotFoundError`. */
    async replace(id: string, given: HandedIn): Promise<Uploaded> {
      const [db, most] = await Promise.all([pool(), limits(tenantId)]);
      requireFits(given.content, most);
      return stored(await replaceDocument(db, id, uploadOf(given), most));
    },

    async retag(id: string, tags: readonly string[]): Promise<void> {
      if (!(await retagDocument(await pool(), id, tags))) throw new DocumentNotFoundError();
    },

    async delete(id: string): Promise<void> {
      await markDeleted(await pool(), id);
      await askForWork(workers, { tenantId, documentId: id });
    },

    /** Has done what is due: the process may have died, or Temporal been away, just after a document was stored or deleted. */
    async resume(): Promise<void> {
      await seeToDocuments(workers, tenantId, await pool());
    },

    async use(): Promise<WorkspaceUse> {
      const db = await pool();
      const [holdings, abilities, model, most] = await Promise.all([
        holdingsOf(db),
        probe(db),
        liveModel(db),
        limits(tenantId),
      ]);
      return { ...holdings, abilities, model: model?.model, limits: most };
    },

    async *ask(question: string, filter: SearchFilter, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
      yield* ask(await pool(), question, filter, signal);
    },
  };
}

function uploadOf({ content, origin, title, tags, mediaType }: HandedIn): Upload {
  return { kind: kindOf(origin ?? '', mediaType, content), content, origin, title, tags };
}
