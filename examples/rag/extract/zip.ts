export interface ZipEntry {
  readonly name: string;
  /** Unpacked, as the archive says. */
  readonly bytes: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
/** The end record, and the longest comment that may follow it. */
const endBytes = 22;
const longestComment = 0xffff;

/**
 * What an archive says is in it: its central directory, read without unpacking anything. Undefined where there is none.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.12 and 4.3.16
 */
export function zipEntries(content: Buffer): readonly ZipEntry[] | undefined {
  const end = findEnd(content);
  if (end === undefined) return undefined;
  const entries: ZipEntry[] = [];
  let at = content.readUInt32LE(end + 16);
  while (at + 46 <= end && content.readUInt32LE(at) === entrySignature) {
    const nameEnd = at + 46 + content.readUInt16LE(at + 28);
    entries.push({ name: content.toString('utf8', at + 46, nameEnd), bytes: content.readUInt32LE(at + 24) });
    at = nameEnd + content.readUInt16LE(at + 30) + content.readUInt16LE(at + 32);
  }
  return entries;
}

function findEnd(content: Buffer): number | undefined {
  const last = content.length - endBytes;
  for (let at = last; at >= Math.max(0, last - longestComment); at -= 1)
    if (content.readUInt32LE(at) === endSignature) return at;
  return undefined;
}
