import type { PoolClient } from 'pg';
import { passageId, textHash } from './hashes.js';
import { storable } from './text.js';
import type { VersionKey } from './version.js';

/** A piece of a version's text that is found as a whole. */
export interface NewPassage {
  readonly ordinal: number;
  /** The headings above it, outermost first, joined by ` › `. */
  readonly heading: string;
  /** Where it stands in the version's text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly tokens: number;
}

/**
 * What a model is given of a passage: with its headings, for out of their section few sentences say what they are about. The first
 * passage of a section begins with some of them, which it is not given twice.
 */
export function embeddedText({ heading, text }: Pick<NewPassage, 'heading' | 'text'>): string {
  if (heading === '') return text;
  const own = ownText({ heading, text });
  return own === '' ? heading : `${heading}\n\n${own}`;
}

/** A passage's text without the headings that it begins with. */
export function ownText({ heading, text }: Pick<NewPassage, 'heading' | 'text'>): string {
  const path = heading.split(' › ');
  const repeated = path.map((_, at) => path.slice(at).join('\n\n'));
  const first = repeated.find((headings) => text === headings || text.startsWith(`${headings}\n\n`));
  return text.slice(first?.length ?? 0).trimStart();
}

export async function insertPassages(
  client: PoolClient,
  { documentId, version }: VersionKey,
  passages: readonly NewPassage[],
): Promise<void> {
  const rows = passages.map((passage) => ({
    ...passage,
    text: storable(passage.text),
    id: passageId(documentId, version, passage.ordinal).toString('hex'),
    hash: textHash(embeddedText(passage)).toString('hex'),
  }));
  await client.query(
    `insert into passages
       (id, document_id, version, ordinal, heading, from_offset, to_offset, text, text_hash, tokens)
     select decode(id, 'hex'), $1, $2, ordinal, heading, "from", "to", text, decode(hash, 'hex'), tokens
     from jsonb_to_recordset($3::jsonb)
       as passage (id text, ordinal integer, heading text, "from" integer, "to" integer, text text, hash text, tokens integer)`,
    [documentId, version, JSON.stringify(rows)],
  );
}

/** Removes the passages of versions of a document. Returns the hashes of what they said. */
export async function deletePassages(
  client: PoolClient,
  documentId: string,
  versions: readonly number[] | 'all',
): Promise<Buffer[]> {
  const { rows } = await client.query<{ text_hash: Buffer }>(
    `delete from passages where document_id = $1 and ($2::integer[] is null or version = any ($2)) returning text_hash`,
    [documentId, versions === 'all' ? null : versions],
  );
  return rows.map(({ text_hash }) => text_hash);
}
