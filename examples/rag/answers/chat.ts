export interface ChatMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

/** What a model said next; `ignored` where it was no text. */
export type ChatDelta = { readonly text: string } | { readonly ignored: 'tool call' };

/** A language model that answers piece by piece. It is offered no tools. */
export interface Chat {
  readonly model: string;
  /** @throws ChatError */
  stream(messages: readonly ChatMessage[], signal?: AbortSignal): AsyncIterable<ChatDelta>;
}

/** The model gave no answer, or not all of it. The message is a sentence for who asked. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
}
