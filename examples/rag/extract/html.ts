import { Parser } from 'htmlparser2';
import { DocumentUnfitError, type Extracted } from './extracted.js';
import { closeContainer, flat, type Part } from './html-containers.js';
import { headingLevel, isInline, isUnread } from './html-elements.js';
import type { ExtractLimits } from './limits.js';

interface Frame {
  readonly element: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly parts: Part[];
}

/**
 * What a reader of the page sees of it, in its order. Where the page marks its main part, that alone. No tree is built, so a
 * page costs as much as it is long.
 */
export function readHtml(html: string, limits: Pick<ExtractLimits, 'depth'>): Extracted {
  const root: Frame = { element: 'html', attributes: {}, parts: [] };
  const frames = [root];
  const main: Part[] = [];
  let depth = 0;
  /** Of the element that is not read, with all that is in it. */
  let unreadFrom: number | undefined;
  let title = '';
  let inTitle = false;
  let heading: ReturnType<typeof headingLevel>;
  let preformatted = 0;
  let text = '';

  const top = () => frames.at(-1) ?? root;

  const endText = () => {
    const isCode = preformatted > 0;
    const said = isCode ? text : unbroken(text);
    text = '';
    if (said.trim() === '') return;
    if (heading) top().parts.push({ kind: 'heading', level: heading, text: said.replaceAll('\n', ' ') });
    else top().parts.push({ kind: isCode ? 'code' : 'paragraph', text: said });
  };

  /** Where a block begins or ends. One inside a heading does not divide it. */
  const boundary = () => {
    if (heading) text += ' ';
    else if (preformatted > 0) text += '\n';
    else endText();
  };

  const parser = new Parser(
    {
      onopentag(element, attributes) {
        depth += 1;
        if (depth > limits.depth)
          throw new DocumentUnfitError(
            `The page nests more than ${limits.depth} elements inside each other.`,
          );
        if (unreadFrom !== undefined) return;
        if (isUnread(element, attributes)) {
          unreadFrom = depth;
          return;
        }
        if (element === 'title') inTitle = true;
        if (element === 'br') text += '\n';
        else if (!isInline(element)) boundary();
        if (headingLevel(element)) heading = headingLevel(element);
        if (element === 'pre') preformatted += 1;
        if (closeContainer[element]) frames.push({ element, attributes, parts: [] });
      },
      ontext(said) {
        if (unreadFrom !== undefined) return;
        if (inTitle) title += said;
        else text += preformatted > 0 ? said : said.replaceAll(/\s+/g, ' ');
      },
      onclosetag(element) {
        depth -= 1;
        if (unreadFrom !== undefined) {
          if (depth < unreadFrom) unreadFrom = undefined;
          return;
        }
        if (element === 'title') inTitle = false;
        else if (headingLevel(element) || element === 'pre') endText();
        else if (!isInline(element)) boundary();
        if (headingLevel(element)) heading = undefined;
        if (element === 'pre') preformatted -= 1;
        const close = closeContainer[element];
        if (!close) return;
        const frame = frames.pop() ?? root;
        const parts = close(frame.parts, frame.attributes);
        if (element === 'main') main.push(...parts);
        top().parts.push(...parts);
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  endText();

  const blocks = flat(main.length > 0 ? main : root.parts);
  const named = title.trim() || blocks.find((block) => block.kind === 'heading' && block.level === 1)?.text;
  return { ...(named && { title: named }), blocks };
}

/** Spaces as a browser shows them, and the line breaks of `br`. */
const unbroken = (text: string) =>
  text
    .replaceAll(/ +/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .trim();
