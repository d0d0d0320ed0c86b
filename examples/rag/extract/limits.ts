/** What one document may take of the machine. */
export interface ExtractLimits {
  /** Of the file. @default 25 MiB */
  readonly contentBytes: number;
  /** Of what is packed in a DOCX. @default 200 MiB */
  readonly unpackedBytes: number;
  /** Of the text that comes out of it, in UTF-16 units. @default 5 million, some 2,500 pages */
  readonly textLength: number;
  /** Of a PDF. @default 5,000 */
  readonly pages: number;
  /** How deep an HTML element may stand in others. @default 2,000 */
  readonly depth: number;
  /** Of the process that reads it. @default 1 GiB */
  readonly memoryBytes: number;
  /** Of its processor's time: a document is not to blame for a busy machine. @default 1 minute */
  readonly processorMs: number;
}

const MiB = 1024 ** 2;

export const defaultLimits: ExtractLimits = {
  contentBytes: 25 * MiB,
  unpackedBytes: 200 * MiB,
  textLength: 5_000_000,
  pages: 5_000,
  depth: 2_000,
  memoryBytes: 1024 * MiB,
  processorMs: 60_000,
};

/** As its owner reads it. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / MiB)} MB`;
