/** A run of letters as pdf.js gives it. */
export interface PlacedText {
  readonly str: string;
  /** From the letters' own space to the page's: its last two numbers are where they stand, counted from below. */
  readonly transform: readonly number[];
  readonly width: number;
  /** Whether a line ends behind it. */
  readonly hasEOL: boolean;
}

export interface Line {
  readonly text: string;
  /** Of the letters, of most of them. */
  readonly size: number;
  readonly left: number;
  /** Of the line on which the letters stand, from the page's lower edge. */
  readonly bottom: number;
}

export function linesOf(items: readonly PlacedText[]): Line[] {
  const lines: Line[] = [];
  let current: PlacedText[] = [];
  const end = () => {
    const line = lineOf(current);
    if (line) lines.push(line);
    current = [];
  };
  for (const item of items) {
    const previous = current.at(-1);
    if (previous && isElsewhere(previous, item)) end();
    if (item.str !== '') current.push(item);
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

/** Raised and lowered letters are of the same line. */
const isElsewhere = (one: PlacedText, other: PlacedText) =>
  other.str !== '' && Math.abs(bottomOf(one) - bottomOf(other)) > Math.max(sizeOf(one), sizeOf(other));

function lineOf(items: readonly PlacedText[]): Line | undefined {
  const written = items.filter(({ str }) => str.trim() !== '');
  const [first] = written;
  if (first === undefined) return undefined;
  const longest = written.reduce((one, other) => (other.str.length > one.str.length ? other : one));
  return {
    text: items
      .map(({ str }) => str)
      .join('')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    size: sizeOf(longest),
    left: first.transform[4] ?? 0,
    bottom: bottomOf(longest),
  };
}

const bottomOf = ({ transform }: PlacedText) => transform[5] ?? 0;

/** To a half of a point: fonts differ by less within a text. */
const sizeOf = ({ transform }: PlacedText) =>
  Math.round(Math.hypot(transform[2] ?? 0, transform[3] ?? 0) * 2) / 2;
