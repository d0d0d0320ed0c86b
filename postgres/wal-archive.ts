import type { PostgresSettings } from './settings.js';

/**
 * Settings of a cluster that archives every finished log segment to a folder. A segment that an idle shutdown
 * cut off is mostly zeros, hence gzip: 1 MB becomes some kilobytes. A segment appears by a rename, so every
 * archived one is complete; after a crash the same segment may come twice.
 */
export function archiveTo(folder: string): PostgresSettings {
  const segment = literally(`${folder}/`);
  return {
    archive_mode: 'on',
    archive_command: `gzip -1 <"%p" >${segment}%f.new && mv ${segment}%f.new ${segment}%f.gz`,
  };
}

/**
 * Where a recovery finds a cluster's log: first its archive, then its own folder, which has the end of the
 * log that is not archived yet. A running cluster may move a segment to the archive between the two looks.
 */
export function restoreFrom(archive: string, walFolder: string): string {
  const archived = `gzip -dc ${literally(`${archive}/`)}%f.gz >"%p" 2>/dev/null`;
  return [archived, `cp ${literally(`${walFolder}/`)}%f "%p" 2>/dev/null`, archived].join(' || ');
}

/** A path as one word of a shell command in which Postgres replaces `%` letters. */
function literally(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}
