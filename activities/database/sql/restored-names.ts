import { Transform } from 'node:stream';
import pg from 'pg';

/*
 * pg_dump writes names with their schemas, and its archives begin by emptying search_path, so that no name is
 * resolved by chance. Names that have no schema in the text are then not found: an extension's operator in
 * `is distinct from`, or a function that another function's body calls when a check or a generated column
 * uses that one. pg_restore has no option for that, but repeats the archive's statement unchanged.
 */
const emptiesPath = "SELECT pg_catalog.set_config('search_path', '', false);\n";

/**
 * Changes an archive of pg_dump's custom format so that it restores under a search_path of these schemas. An
 * archive without that statement is returned unchanged.
 */
export function findingNamesIn(schemas: readonly string[], archive: Buffer): Buffer {
  const at = archive.indexOf(emptiesPath);
  const lengthAt = at - lengthBytes;
  if (schemas.length === 0 || lengthAt < 0 || archive.readUInt32LE(lengthAt) !== emptiesPath.length)
    return archive;
  const path = schemas.map((name) => pg.escapeIdentifier(name)).join(', ');
  const statement = Buffer.from(
    `SELECT pg_catalog.set_config('search_path', ${pg.escapeLiteral(path)}, false);\n`,
  );
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(statement.length);
  const rest = archive.subarray(at + emptiesPath.length);
  return Buffer.concat([archive.subarray(0, lengthAt), length, statement, rest]);
}

/** In an archive, the length in bytes precedes each text. */
const lengthBytes = 4;

/** {@link findingNamesIn} for a streamed archive. */
export function flowFindingNamesIn(schemas: readonly string[]): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (head === undefined) return done(null, chunk);
      head = Buffer.concat([head, chunk]);
      const changed = findingNamesIn(schemas, head);
      if (changed === head && head.length < longestHead) return done();
      head = undefined;
      done(null, changed);
    },
    flush(done) {
      done(null, head);
    },
  });
}

/** The statement is among the first entries of the table of contents. */
const longestHead = 4 * 1024 ** 2;
