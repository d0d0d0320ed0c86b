import { constants, createWriteStream, openSync } from 'node:fs';
import type { AnsweredCall } from '../emulator/index.js';
import { onOneLine } from '../tenancy/redact.js';

const appending = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** A log of the calls to the emulator, a line each, for people. A disk that is full costs lines, and no call. */
export function callLog(file: string): { write(call: AnsweredCall): void; close(): void } {
  const log = createWriteStream(file, { fd: openSync(file, appending, 0o600) });
  log.on('error', () => {});
  return {
    write: (call) => void log.write(`${onOneLine(lineOf(call))}\n`),
    close: () => void log.end(),
  };
}

function lineOf({ time, method, path, status, request_id: id }: AnsweredCall): string {
  return `${time} ${status === 0 ? 'no answer' : status} ${method} ${path} (request ${id})`;
}
