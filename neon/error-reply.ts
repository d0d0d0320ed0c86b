import { z } from 'zod';
import { redact } from '../tenancy/redact.js';

/** What Neon says of an error, fit to be shown. Both are empty more often than not. */
export interface ErrorReply {
  /** Neon's word for it: letters, digits and `_`. */
  readonly code: string;
  readonly message: string;
}

const envelope = z.object({ code: z.string().catch(''), message: z.string().catch('') });

const longestCode = 64;
const longestMessage = 200;
/** What is looked at of a message, to find addresses in it before it is cut. */
const longestLook = 2_000;

export function errorReplyOf(body: unknown, apiKey: string): ErrorReply {
  const { code, message } = envelope.catch({ code: '', message: '' }).parse(body);
  // What would be half a key is none once the whole one is out.
  const shown = message.replaceAll(apiKey, '[key]').slice(0, longestLook);
  return {
    code: code.replace(/\W/g, '').replaceAll(apiKey, '').slice(0, longestCode),
    message: redact(shown, longestMessage),
  };
}
