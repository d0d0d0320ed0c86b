/** What the pages ask of a workspace. Everything behind it is in the tenant's own database. */
export interface Workspace {
  documents(filter?: DocumentFilter): Promise<readonly DocumentLine[]>;
  tags(): Promise<readonly string[]>;
  /** The text of one version: the live one, or the one that a citation names. `undefined` if there is no such document here. */
  document(id: string, version?: number): Promise<OpenDocument | undefined>;
  /** Accepts it; reading and indexing go on behind. */
  add(upload: Upload): Promise<Added>;
  /** A new version. The old one is searched until the new one is ready. */
  replace(id: string, upload: Upload): Promise<Added | undefined>;
  retag(id: string, tags: readonly string[]): Promise<boolean>;
  delete(id: string): Promise<boolean>;
  ask(question: string, filter: DocumentFilter, signal: AbortSignal): AsyncIterable<AnswerEvent>;
  holdings(): Promise<Holdings>;
}

export interface DocumentFilter {
  readonly documentIds?: readonly string[];
  readonly tags?: readonly string[];
}

export interface Upload {
  readonly title?: string;
  /** The file's name, or the URL; absent for a text that was pasted. */
  readonly origin?: string;
  readonly mediaType?: string;
  readonly content: Buffer;
  readonly tags: readonly string[];
}

export interface Added {
  readonly id: string;
  readonly title: string;
  /** `same`: the workspace had exactly this content already. */
  readonly was: 'new' | 'same' | 'newer';
}

export type VersionState = 'queued' | 'extracting' | 'embedding' | 'live' | 'failed' | 'overtaken';

/** In which states something is still being done for a version. */
export const statesInHand: readonly VersionState[] = ['queued', 'extracting', 'embedding'];

export interface DocumentLine {
  readonly id: string;
  readonly title: string;
  readonly origin: string | undefined;
  readonly tags: readonly string[];
  readonly newest: VersionLine;
  /** What is searched; absent until a version is ready. */
  readonly liveVersion: number | undefined;
}

export interface VersionLine {
  readonly version: number;
  readonly kind: string;
  readonly bytes: number;
  readonly state: VersionState;
  /** Why it failed, in a sentence. */
  readonly reason: string | undefined;
  readonly passages: number;
  /** Of them, those that have a vector. */
  readonly indexed: number;
  readonly createdAt: Date;
}

export interface OpenDocument extends DocumentLine {
  /** Which version `text` is of. */
  readonly version: number;
  /** Absent while it has not been read, or could not be. */
  readonly text: string | undefined;
  readonly versions: readonly VersionLine[];
}

export interface Holdings {
  readonly documents: number;
  readonly passages: number;
  readonly tokens: number;
  readonly databaseBytes: number;
  /** The model that search asks; absent in a workspace that never indexed anything. */
  readonly model: string | undefined;
  readonly limits: PlanLimits;
}

/** What the workspace's plan allows it to hold. */
export interface PlanLimits {
  readonly documents: number;
  readonly passages: number;
}

export interface CitedPassage {
  /** As the answer cites it: 1 is `[1]`. */
  readonly number: number;
  readonly documentId: string;
  readonly version: number;
  readonly title: string;
  /** The headings above it, outermost first. */
  readonly heading: string;
  readonly text: string;
  /** Its place in the version's text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
}

/** How the passages were found, to be shown beside the answer. */
export interface SearchNote {
  /** `exact` compares every vector and misses none. */
  readonly vectors: 'exact' | 'hnsw';
  /** Why those, in a sentence. */
  readonly reason: string;
  /** How many passages it chose from. */
  readonly passages: number;
  readonly model: string;
  /** What is said of the model, such as that it is weaker than another. */
  readonly modelNote?: string | undefined;
  readonly reranker?: string | undefined;
  readonly tookMs: number;
}

export type AnswerEvent =
  | { readonly kind: 'found'; readonly passages: readonly CitedPassage[]; readonly how: SearchNote }
  /** Nothing in the documents answers the question. It is the last event. */
  | { readonly kind: 'not-found'; readonly how: SearchNote }
  | { readonly kind: 'text'; readonly text: string }
  /** The whole answer, after its citations were checked. It is the last event. */
  | { readonly kind: 'answered'; readonly text: string; readonly by: string };

/** Throws what `tenantry.pool()` throws. */
export type OpenWorkspace = (tenantId: string) => Promise<Workspace>;

/** It is not taken, and the message says why in a sentence for whoever handed it in. */
export class RefusedUploadError extends Error {
  override readonly name = 'RefusedUploadError';
}
