import { z } from 'zod';
import { redact } from '../tenancy/redact.js';

/** Neon's description of an error, safe to show. Both fields are empty more often than not. */
export interface ErrorReply {
  /** Neon's error code: letters, digits and `_`. */
  readonly code: string;
  readonly message: string;
}

const envelope = z.object({ code: z.string().catch(''), message: z.string().catch('') });

const longestCode = 64;
const longestMessage = 200;
/** The part of a message that is searched for addresses before it is truncated. */
const longestLook = 2_000;

export function errorReplyOf(body: unknown, apiKey: string): ErrorReply {
  const { code, message } = envelope.catch({ code: '', message: '' }).parse(body);
  // Truncating could leave half a key, so the whole key is removed first.
  const shown = message.replaceAll(apiKey, '[key]').slice(0, longestLook);
  return {
    code: code.replace(/\W/g, '').replaceAll(apiKey, '').slice(0, longestCode),
    message: redact(shown, longestMessage),
  };
}
