import type { Line } from './pdf-lines.js';

/** On fewer pages a repetition proves nothing. */
const fewestPages = 3;

/** Without the lines at the top and the bottom that most pages have, such as the number of the page. */
export function withoutRunningLines(pages: readonly (readonly Line[])[]): (readonly Line[])[] {
  if (pages.length < fewestPages) return [...pages];
  const seen = new Map<string, number>();
  for (const lines of pages)
    for (const text of new Set(edgesOf(lines).map(withoutNumbers))) seen.set(text, (seen.get(text) ?? 0) + 1);
  const isRunning = (line: Line) => (seen.get(withoutNumbers(line)) ?? 0) > pages.length / 2;
  return pages.map((lines) => {
    const running = new Set(edgesOf(lines).filter(isRunning));
    return lines.filter((line) => !running.has(line));
  });
}

function edgesOf(lines: readonly Line[]): Line[] {
  const [first] = lines;
  if (first === undefined) return [];
  const top = lines.reduce((one, other) => (other.bottom > one.bottom ? other : one), first);
  const bottom = lines.reduce((one, other) => (other.bottom < one.bottom ? other : one), first);
  return top === bottom ? [top] : [top, bottom];
}

const withoutNumbers = ({ text }: Line) => text.replaceAll(/\d+/g, '#');
