const inline = new Set(
  'a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);

/** Controls, pictures, programs, and what is around the text on every page of a site. */
const unread = new Set(
  'script style template noscript nav footer svg math canvas iframe object embed video audio map select button textarea input dialog'.split(
    ' ',
  ),
);

const unreadRoles = new Set(['navigation', 'search', 'menu', 'menubar', 'toolbar', 'contentinfo']);

export const isInline = (element: string): boolean => inline.has(element);

/** It is not text, or it is hidden from those who see the page. */
export function isUnread(element: string, attributes: Readonly<Record<string, string>>): boolean {
  const { hidden, role, style, 'aria-hidden': ariaHidden } = attributes;
  return (
    unread.has(element) ||
    (hidden !== undefined && hidden !== 'until-found') ||
    ariaHidden === 'true' ||
    (role !== undefined && unreadRoles.has(role)) ||
    (style !== undefined && /display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden/i.test(style))
  );
}

const levels = { h1: 1, h2: 2, h3: 3, h4: 4, h5: 5, h6: 6 } as const;

export const headingLevel = (element: string): 1 | 2 | 3 | 4 | 5 | 6 | undefined =>
  element in levels ? levels[element as keyof typeof levels] : undefined;
