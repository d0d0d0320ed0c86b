import { expect, it } from 'vitest';
import { asMarkdownText } from '../../tenancy/markdown.js';

it.each([
  ['cells', 'a | b', 'a \\| b'],
  ['rows', 'a\n| b', 'a \\| b'],
  ['links', '[pay here](https://evil.example)', '\\[pay here\\](https\\://evil.example)'],
  ['addresses', 'https://evil.example www.evil.example', 'https\\://evil.example www\\.evil.example'],
  ['elements', '<img src=x>&amp;', '\\<img src=x\\>\\&amp;'],
  ['emphasis', '**a** _b_ ~~c~~ `d`', '\\*\\*a\\*\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\`'],
  ['escapes', 'a\\|b', 'a\\\\\\|b'],
  ['escape sequences', '\u001b[31m', '\\\\x1b\\[31m'],
])('makes no %s of a text from elsewhere', (_, text, shown) => {
  expect(asMarkdownText(text)).toBe(shown);
});

it('leaves alone what means nothing', () => {
  const text = 'Onboard tenant my_tenant-1 (Müller) on plan free, until 2026-03-01T12:00:00.000Z';
  expect(asMarkdownText(text)).toBe(text);
});
