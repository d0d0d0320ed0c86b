import { Transform } from 'node:stream';
import pg from 'pg';

/*
 * pg_dump writes names with their schemas, and so that nothing else is found by chance, its archives begin by emptying
 * search_path. What has no schema in its text is then not found: the operator of an extension in `is distinct from`, what a
 * function calls in its body when a check or a generated column calls it. pg_restore has no option for that, but repeats the
 * archive's statement as it stands.
 */
const emptiesPath = "SELECT pg_catalog.set_config('search_path', '', false);\n";

/**
 * An archive of pg_dump's custom format, restored under a search_path of these schemas. One without that statement is given
 * back as it is.
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

/** In an archive, a text is preceded by the number of its bytes. */
const lengthBytes = 4;

/** {@link findingNamesIn}, of an archive that flows by. */
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
