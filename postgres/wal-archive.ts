import type { PostgresSettings } from './settings.js';

/**
 * A cluster that keeps every finished segment of its log in a folder. A segment cut off by an idle shutdown is mostly
 * zeros, hence gzip: 1 MB becomes some kilobytes. It appears by a rename, so whatever is there is whole; the same
 * segment may come twice after a crash.
 */
export function archiveTo(folder: string): PostgresSettings {
  const segment = literally(`${folder}/`);
  return {
    archive_mode: 'on',
    archive_command: `gzip -1 <"%p" >${segment}%f.new && mv ${segment}%f.new ${segment}%f.gz`,
  };
}

/**
 * Where a recovery finds the log of a cluster: its archive first; then its own folder, which holds the end of the log
 * that no archive has yet. A running cluster may move a segment from the one to the other between the two looks.
 */
export function restoreFrom(archive: string, walFolder: string): string {
  const archived = `gzip -dc ${literally(`${archive}/`)}%f.gz >"%p" 2>/dev/null`;
  return [archived, `cp ${literally(`${walFolder}/`)}%f "%p" 2>/dev/null`, archived].join(' || ');
}

/** A path as one word of a shell command in which Postgres replaces `%` letters. */
function literally(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}
