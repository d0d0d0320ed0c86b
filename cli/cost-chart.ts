import type { Cost, CostPart, FleetCost } from '../client/index.js';
import { cut, onOneLine } from '../tenancy/redact.js';
import { costParts } from '../tenancy/usage-cost.js';
import { nameOf, usd } from './cost-view.js';

const width = 960;
const margin = 20;
const labelWidth = 260;
const amountWidth = 190;
const barsWidth = width - 2 * margin - labelWidth - amountWidth;
const rowHeight = 24;
const shownTenants = 10;
const longestLabel = 34;

/** Colours that people with colour blindness can distinguish, on light and dark backgrounds. */
const colours: Readonly<Record<CostPart, string>> = {
  compute: '#0072b2',
  storage: '#e69f00',
  history: '#009e73',
  snapshots: '#cc79a7',
  transfer: '#56b4e9',
  branches: '#d55e00',
};

interface Bar {
  readonly label: string;
  readonly cost: Cost;
  readonly forecastUsd: number;
}

/**
 * An SVG of the plans and the ten most expensive tenants: each bar shows the spending by kind, and its outline the
 * forecast.
 */
export function costChart(cost: FleetCost): string {
  const { fleet } = cost;
  const plans = cost.plans.map(({ plan, ...rest }): Bar => ({ ...rest, label: plan }));
  const tenants = cost.tenants
    .slice(0, shownTenants)
    .map((tenant): Bar => ({ ...tenant, label: nameOf(tenant) }));
  const groups = [
    { title: 'By plan', bars: plans },
    { title: 'The dearest tenants', bars: tenants },
  ].filter(({ bars }) => bars.length > 0);
  const parts = costParts.filter((part) => cost.total[part] > 0);
  const lines: string[] = [];
  let y = 92;
  for (const { title, bars } of groups) {
    // Each group has its own scale: next to a plan, a tenant's bar would be too short to see.
    const most = Math.max(...bars.map(({ cost, forecastUsd }) => Math.max(cost.total, forecastUsd)));
    lines.push(text(margin, y, title, 'head'));
    y += 12;
    for (const bar of bars) {
      lines.push(...barLines(bar, y, most));
      y += rowHeight;
    }
    y += 34;
  }
  const height = y;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13">`,
    `<title>${escaped(`What fleet ${fleet} costs in ${cost.period.name}`)}</title>`,
    '<style>.page{fill:#fff}text{fill:#1f2328}.head{font-weight:600}.forecast{fill:none;stroke:#656d76;stroke-dasharray:3 2}@media (prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.forecast{stroke:#9198a1}}</style>',
    `<rect class="page" width="${width}" height="${height}"/>`,
    text(
      margin,
      34,
      `${fleet}, ${cost.period.name}: ${usd(cost.total.total)}, ${usd(cost.forecastUsd)} at the end of the month`,
      'head',
    ),
    ...legend(parts),
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function barLines({ label, cost, forecastUsd }: Bar, y: number, most: number): string[] {
  const scale = (amount: number) => (most === 0 ? 0 : (amount / most) * barsWidth);
  const left = margin + labelWidth;
  let at = left;
  const parts = costParts
    .filter((part) => cost[part] > 0)
    .map((part) => {
      const length = scale(cost[part]);
      const rect = `<rect x="${number(at)}" y="${y + 4}" width="${number(length)}" height="14" fill="${colours[part]}"><title>${escaped(`${part} ${usd(cost[part])}`)}</title></rect>`;
      at += length;
      return rect;
    });
  return [
    text(margin, y + 15, shortened(label)),
    ...parts,
    `<rect class="forecast" x="${left}" y="${y + 4}" width="${number(scale(forecastUsd))}" height="14"/>`,
    text(left + barsWidth + 10, y + 15, `${usd(cost.total)}, then ${usd(forecastUsd)}`),
  ];
}

function legend(parts: readonly CostPart[]): string[] {
  let at = margin;
  const entries = parts.flatMap((part) => {
    const x = at;
    at += 30 + part.length * 8;
    return [`<rect x="${x}" y="50" width="12" height="12" fill="${colours[part]}"/>`, text(x + 18, 61, part)];
  });
  return [
    ...entries,
    `<rect class="forecast" x="${at}" y="50" width="12" height="12"/>`,
    text(at + 18, 61, 'forecast'),
  ];
}

function text(x: number, y: number, words: string, of?: string): string {
  return `<text x="${x}" y="${y}"${of === undefined ? '' : ` class="${of}"`}>${escaped(words)}</text>`;
}

function shortened(label: string): string {
  const line = onOneLine(label);
  return line.length <= longestLabel ? line : `${cut(line, longestLabel - 1)}…`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(words: string): string {
  return onOneLine(words).replace(/[&<>"]/g, (found) => entities[found] ?? found);
}

function number(value: number): string {
  return value.toFixed(1);
}
