/** What a reader is to see of Markdown's links and images, their label, and of HTML, the text between its tags. A citation stays one. */
export function withoutMarkup(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, (_, label: string) => (isCitation(label) ? `[${label}]` : label))
    .replace(/<\/?[a-zA-Z!][^>]*>/g, '');
}

const isCitation = (label: string) => /^[\d\s,;]+$/.test(label);

/**
 * Text in which no Markdown or HTML can be, even put together with what comes before and after it: an image alone would carry what
 * was read to a stranger's server. Only signs are changed that such markup needs.
 */
export function inert(text: string): string {
  return text
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/<(?![\s\d=])/g, '‹');
}
