import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { ExtractAnswer, ExtractTask } from './extract-process.js';
import { type DocumentKind, DocumentUnfitError, type Extracted } from './extracted.js';
import { defaultLimits, type ExtractLimits, megabytes } from './limits.js';
import { overLimit } from './process-limits.js';
import { readDocument } from './read-document.js';

/** So much text, in bytes, is read where we are: no parser is run on it, and to start a process takes many times as long. */
const shortText = 256 * 1024;

/**
 * Reads a document: what a parser is needed for, in a process of its own, which knows none of our secrets, and ends when it takes too
 * long or too much memory.
 * @throws DocumentUnfitError where the document cannot be read. That is final.
 */
export async function extract(
  content: Buffer,
  kind: DocumentKind,
  { signal, ...limited }: Partial<ExtractLimits> & { readonly signal?: AbortSignal } = {},
): Promise<Extracted> {
  const limits = { ...defaultLimits, ...limited };
  if (content.length > limits.contentBytes)
    throw new DocumentUnfitError(
      `The file is ${megabytes(content.length)}; the limit is ${megabytes(limits.contentBytes)}.`,
    );
  if (kind === 'text' && content.length <= shortText) return readDocument(content, kind, limits);
  const answer = await askProcess({ content, kind, limits }, signal);
  if ('unfit' in answer) throw new DocumentUnfitError(answer.unfit);
  return answer.extracted;
}

async function askProcess(task: ExtractTask, signal: AbortSignal | undefined): Promise<ExtractAnswer> {
  const { processorMs, memoryBytes } = task.limits;
  signal?.throwIfAborted();
  const extension = extname(import.meta.filename);
  const reader = fork(join(import.meta.dirname, `extract-process${extension}`), {
    execArgv: [
      ...(extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : []),
      `--max-old-space-size=${Math.ceil(memoryBytes / 1024 ** 2)}`,
    ],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const abort = () => reader.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  let answer: ExtractAnswer | undefined;
  let complaint = '';
  reader.on('message', (message) => {
    answer = message as ExtractAnswer;
  });
  reader.stderr?.setEncoding('utf8').on('data', (said: string) => {
    complaint = `${complaint}${said}`.slice(-2000);
  });
  try {
    reader.send(task);
    const [code, signalName] = await once(reader, 'close');
    signal?.throwIfAborted();
    if (answer) return answer;
    if (complaint.includes(overLimit.time))
      return {
        unfit: `Reading the document takes more than ${processorMs / 1000} seconds of processor time, which is the limit.`,
      };
    if (complaint.includes(overLimit.memory) || complaint.includes('heap out of memory'))
      return {
        unfit: `Reading the document takes more than ${megabytes(memoryBytes)} of memory, which is the limit.`,
      };
    throw new Error(`The process that reads documents ended with ${code ?? signalName}: ${complaint.trim()}`);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
