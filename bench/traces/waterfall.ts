import type { CollectedSpan } from '../../test/support/collector.js';

const rowHeight = 20;
const labelWidth = 400;
const barsWidth = 760;
const margin = 16;
const top = 56;

/** By what a span's name begins with. What is none of these is SQL. */
const kinds = [
  { begins: /^POST \/sign-up$/, what: 'the caller', colour: '#57606a' },
  { begins: /^(Start|Describe)Workflow:/, what: "the caller's client", colour: '#8250df' },
  { begins: /^RunWorkflow:/, what: 'workflow', colour: '#0969da' },
  { begins: /^StartActivity:/, what: 'activity, waits included', colour: '#54aeff' },
  { begins: /^RunActivity:/, what: 'attempt', colour: '#1a7f37' },
  { begins: /^Neon /, what: 'call to Neon', colour: '#bf3989' },
] as const;
const sqlColour = '#d4a72c';

interface Row {
  readonly span: CollectedSpan;
  readonly depth: number;
  /** The statements sent within it. */
  readonly statements: readonly CollectedSpan[];
}

/** Draws a trace as an SVG: a row for a span, and statements as ticks below the span that sent them. */
export function waterfall(spans: readonly CollectedSpan[]): string {
  const of = ({ spanId }: CollectedSpan) =>
    spans.filter(({ parentSpanId }) => parentSpanId === spanId).sort((a, b) => Number(a.startNs - b.startNs));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const root = spans.find(({ parentSpanId }) => !ids.has(parentSpanId));
  if (root === undefined) throw new Error('the trace has no beginning');
  const rowsOf = (span: CollectedSpan, depth: number): Row[] => [
    { span, depth, statements: of(span).filter((child) => kindOf(child) === undefined) },
    ...of(span)
      .filter((child) => kindOf(child) !== undefined)
      .flatMap((child) => rowsOf(child, depth + 1)),
  ];
  const rows = rowsOf(root, 0);
  const wholeMs = Math.max(...spans.map(({ endNs }) => milliseconds(endNs - root.startNs)));
  const x = (at: bigint) => labelWidth + (milliseconds(at - root.startNs) / wholeMs) * barsWidth;
  const width = margin + labelWidth + barsWidth + margin;
  const height = top + rows.length * rowHeight + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12">`,
    `<title>One trace of one onboarding</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...legend(),
    ...gridLines(wholeMs, height),
    ...rows.flatMap((row, at) => drawn(row, top + at * rowHeight, x)),
    '</svg>',
    '',
  ].join('\n');
}

function kindOf({ name }: CollectedSpan) {
  return kinds.find(({ begins }) => begins.test(name));
}

function drawn({ span, depth, statements }: Row, y: number, x: (at: bigint) => number): string[] {
  const { name, startNs, endNs } = span;
  const bar = (of: CollectedSpan, top: number, height: number, colour: string) =>
    `<rect x="${number(x(of.startNs))}" y="${number(top)}" width="${number(Math.max(x(of.endNs) - x(of.startNs), 1.5))}" height="${height}" rx="1" fill="${colour}"/>`;
  const sent = statements.length === 0 ? '' : `, ${statements.length} SQL`;
  const took = `${Math.round(milliseconds(endNs - startNs))} ms`;
  return [
    `<text x="${margin + depth * 14}" y="${y + 14}" fill="#1f2328">${escaped(name)}<tspan dx="8" fill="#656d76">${took}${sent}</tspan></text>`,
    bar(span, y + 4, 8, kindOf(span)?.colour ?? sqlColour),
    ...statements.map((statement) => bar(statement, y + 13, 3, sqlColour)),
  ];
}

function legend(): string[] {
  const entries = [
    ...kinds.map(({ what, colour }) => ({ what, colour })),
    { what: 'SQL', colour: sqlColour },
  ];
  let at = margin;
  return entries.map(({ what, colour }) => {
    const drawn = `<rect x="${at}" y="12" width="10" height="10" rx="2" fill="${colour}"/><text x="${at + 15}" y="21" fill="#1f2328">${what}</text>`;
    at += 15 + what.length * 6.6 + 22;
    return drawn;
  });
}

function gridLines(wholeMs: number, height: number): string[] {
  const step = [100, 200, 500, 1_000, 2_000, 5_000].find((each) => wholeMs / each <= 10) ?? 10_000;
  return Array.from({ length: Math.floor(wholeMs / step) + 1 }, (_, at) => {
    const x = number(labelWidth + ((at * step) / wholeMs) * barsWidth);
    return `<line x1="${x}" x2="${x}" y1="44" y2="${height - margin}" stroke="#d8dee4"/><text x="${x}" y="40" fill="#656d76" text-anchor="middle">${(at * step) / 1_000} s</text>`;
  });
}

const milliseconds = (nanoseconds: bigint) => Number(nanoseconds) / 1e6;
const number = (value: number) => String(Math.round(value * 10) / 10);
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
