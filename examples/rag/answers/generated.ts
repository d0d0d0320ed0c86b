import type { FoundPassage } from '../search/result.js';
import type { Chat } from './chat.js';
import { ChatError } from './chat.js';
import { citationsIn } from './citations.js';
import { inert, withoutMarkup } from './inert.js';
import type { AnswerPart } from './parts.js';
import { messagesFor, notFound } from './prompt.js';
import { wholePiece } from './whole-pieces.js';

/** A language model's answer, of which nothing is trusted: not its citations, and nothing that a page could act on. */
export async function* generatedAnswer(
  chat: Chat,
  question: string,
  passages: readonly FoundPassage[],
  signal?: AbortSignal,
): AsyncGenerator<AnswerPart> {
  const unknown = new Set<number>();
  let rest = '';
  let said = '';
  let cited = false;
  let askedForTools = false;

  function* release(piece: string): Generator<AnswerPart> {
    const found = citationsIn(withoutMarkup(piece), passages);
    for (const number of found.unknown) unknown.add(number);
    for (const part of found.parts) {
      if ('citation' in part) cited = true;
      if (!('text' in part)) yield part;
      else {
        said += part.text;
        yield { text: inert(part.text) };
      }
    }
  }

  try {
    for await (const delta of chat.stream(messagesFor(question, passages), signal)) {
      if ('ignored' in delta) {
        askedForTools = true;
        continue;
      }
      rest += delta.text;
      const whole = wholePiece(rest);
      yield* release(rest.slice(0, whole));
      rest = rest.slice(whole);
    }
    yield* release(rest);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    yield { notice: said === '' ? error.message : `${error.message} The answer ends here.` };
    return;
  }

  if (askedForTools)
    yield { notice: 'The language model asked to use a tool. It is offered none, and nothing was done.' };
  if (unknown.size > 0) {
    const numbers = [...unknown].map((number) => `[${number}]`).join(', ');
    yield { notice: `The language model cited ${numbers}, which it was not given. That was removed.` };
  }
  if (said.trim() === '') yield { notice: 'The language model gave no answer.' };
  else if (!cited && said.trim() !== notFound) {
    yield { notice: 'This answer cites no passage: nothing in your documents is shown to support it.' };
  }
}
