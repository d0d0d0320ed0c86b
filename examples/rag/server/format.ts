import { ownText } from '../documents/passages.js';
import type { FoundPassage } from '../search/result.js';

/** How pages write amounts. Everything is English and UTC, whatever the server's own settings are. */
const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const minute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const price = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  maximumFractionDigits: 3,
});

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

export const format = {
  count: (n: number) => whole.format(n),
  /** `1 document`, `2 documents` */
  counted: (n: number, one: string, many = `${one}s`) => `${whole.format(n)} ${n === 1 ? one : many}`,
  bytes(n: number): string {
    const power = n < 1_000 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), byteUnits.length - 1);
    return `${short.format(n / 1_000 ** power)} ${byteUnits[power]}`;
  },
  hours(seconds: number): string {
    if (seconds < 60) return `${whole.format(Math.round(seconds))} s`;
    return seconds < 3_600
      ? `${whole.format(Math.round(seconds / 60))} min`
      : `${short.format(seconds / 3_600)} h`;
  },
  milliseconds: (n: number) =>
    n < 1_000 ? `${whole.format(Math.round(n))} ms` : `${short.format(n / 1_000)} s`,
  day: (date: Date) => day.format(date),
  minute: (date: Date) => `${minute.format(date)} UTC`,
  time: (date: Date) => `${clock.format(date)} UTC`,
  price: (n: number) => price.format(n),
  /** The headings above a passage, without the document's title. */
  section({ title, heading }: Pick<FoundPassage, 'title' | 'heading'>): string {
    if (heading === title) return '';
    return heading.startsWith(`${title} › `) ? heading.slice(`${title} › `.length) : heading;
  },
  /** A passage without the headings that it begins with. */
  excerpt: (passage: Pick<FoundPassage, 'heading' | 'text'>) => ownText(passage) || passage.text,
  dollars: (n: number) => (n > 0 && n < 0.01 ? 'under $0.01' : dollars.format(n)),
} as const;

export type Format = typeof format;
