/** What a search may read: of some documents, or of those with one of some tags. */
export interface SearchFilter {
  readonly documentIds?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Every statement of a search begins with these two parameters. */
export function filterParameters({ documentIds, tags }: SearchFilter): [unknown, unknown] {
  return [documentIds ?? null, tags ?? null];
}

/** Passages `p` of the live version of documents `d`, as the filter has them. Nothing else is ever searched. */
export const searchable = `
  documents d
  join passages p on p.document_id = d.id and p.version = d.live_version and d.deleted_at is null
    and ($1::uuid[] is null or d.id = any($1)) and ($2::text[] is null or d.tags && $2)`;
