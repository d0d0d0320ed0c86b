import { z } from 'zod';
import { type Chat, type ChatDelta, ChatError, type ChatMessage } from './chat.js';
import { eventsOf } from './event-stream.js';

export interface OpenAiChatOptions {
  /** Up to `/chat/completions`, such as `https://api.openai.com/v1`. */
  readonly url: string;
  readonly key?: string | undefined;
  readonly model: string;
  /** How long the model may be silent, before its first word and between two, in milliseconds. @default 30000 */
  readonly silenceMs?: number;
}

const called = z.unknown().optional();
const delta = z.object({ content: z.string().nullish(), tool_calls: called, function_call: called });
const chunk = z.object({ choices: z.array(z.object({ delta })) });

/** `POST /chat/completions` as OpenAI has it, and servers that follow it. */
export class OpenAiChat implements Chat {
  readonly model: string;
  readonly #options: OpenAiChatOptions;

  constructor(options: OpenAiChatOptions) {
    this.model = options.model;
    this.#options = options;
  }

  async *stream(messages: readonly ChatMessage[], signal?: AbortSignal): AsyncGenerator<ChatDelta> {
    const silence = new Silence(this.#options.silenceMs ?? 30_000);
    try {
      const response = await this.#ask(
        messages,
        signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      );
      for await (const data of eventsOf(response)) {
        silence.broken();
        if (data === '[DONE]') return;
        yield* deltasOf(chunk.parse(JSON.parse(data)));
      }
    } catch (error) {
      if (error instanceof ChatError) throw error;
      signal?.throwIfAborted();
      if (silence.signal.aborted) throw new ChatError('The language model went silent. Please ask again.');
      throw new ChatError('The language model cannot be reached, or its answer not be read.', {
        cause: error,
      });
    } finally {
      silence.end();
    }
  }

  async #ask(messages: readonly ChatMessage[], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { url, key, model } = this.#options;
    const response = await fetch(`${url.replace(/\/$/, '')}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, messages, stream: true, temperature: 0 }),
      signal,
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new ChatError(refusalOf(response));
    }
    return response.body;
  }
}

function* deltasOf({ choices }: z.infer<typeof chunk>): Generator<ChatDelta> {
  for (const { delta } of choices.slice(0, 1)) {
    if (delta.tool_calls != null || delta.function_call != null) yield { ignored: 'tool call' };
    if (delta.content) yield { text: delta.content };
  }
}

function refusalOf({ status, headers }: Response): string {
  if (status !== 429) return `The language model refused to answer (status ${status}).`;
  const seconds = Number(headers.get('retry-after'));
  const when = seconds > 0 ? `in ${Math.ceil(seconds)} seconds` : 'in a moment';
  return `The language model has too much to do. Please ask again ${when}.`;
}

/** Aborts once nothing has been heard for so long. */
class Silence {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  broken(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    // Whoever stops listening ends the request.
    this.#controller.abort();
  }
}

/** Without RAG_CHAT_URL there is none, and answers are sentences of the documents. */
export function chatFrom(environment: NodeJS.ProcessEnv): Chat | undefined {
  const { RAG_CHAT_URL: url, RAG_CHAT_KEY: key, RAG_CHAT_MODEL: model } = environment;
  if (!url) return undefined;
  if (!model) throw new Error('RAG_CHAT_URL is set, and RAG_CHAT_MODEL does not name a model.');
  return new OpenAiChat({ url, key, model });
}
