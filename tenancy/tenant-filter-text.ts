import { type TenantFilter, tenantFilterSchema } from './tenant-filter.js';

/*
 * A filter as a person writes it on one line: `plan=pro,state=ready|suspended,createdAt>=2026-03-01`. The fields are
 * those of a tenant in JSON, all conditions must match, and `|` separates alternative values. A value must be quoted
 * when it has anything but letters, digits and a few marks: `id^="acme, inc"`, with a backslash before a quote or a
 * backslash.
 */

/** A text is not a valid filter. The message says what is wrong, and at which character, counted from 1. */
export class FilterTextError extends Error {
  override readonly name = 'FilterTextError';

  constructor(problem: string, at: number) {
    super(`${problem} (character ${at + 1})`);
  }
}

type FilterField = keyof TenantFilter;

/** The operators of each field, and the part of the filter that each one sets. */
const operators: Readonly<Record<string, Readonly<Record<string, FilterField>>>> = {
  state: { '=': 'state' },
  plan: { '=': 'plan' },
  region: { '=': 'region' },
  failure: { '=': 'failure' },
  attention: { '=': 'attention' },
  id: { '^=': 'idPrefix' },
  createdAt: { '>=': 'createdSince', '<': 'createdBefore' },
  updatedAt: { '>=': 'updatedSince', '<': 'updatedBefore' },
};

/** The parts that take several values. */
const manyValued: ReadonlySet<FilterField> = new Set(['state', 'plan', 'region', 'failure']);

const field = /\s*(?<bare>[\p{L}\p{N}_.-]+)\s*/uy;
const operator = /(?<bare>[^\p{L}\p{N}\s"'_,|.-]+)/uy;
const value = /\s*(?:"(?<quoted>(?:[^"\\]|\\["\\])*)"|(?<bare>[^\s"|,=<>^]+))\s*/uy;

interface Found {
  readonly text: string;
  readonly at: number;
}

interface Condition {
  readonly field: FilterField;
  readonly at: number;
  readonly values: readonly Found[];
}

/** Throws {@link FilterTextError}. */
export function parseTenantFilter(text: string): TenantFilter {
  const conditions = conditionsIn(text);
  const filter = Object.fromEntries(
    conditions.map(({ field, values }) => [field, partOf(field, values)] as const),
  );
  const checked = tenantFilterSchema.safeParse(filter);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const [name, index] = issue?.path ?? [];
  const condition = conditions.find(({ field }) => field === name);
  const found = condition?.values[typeof index === 'number' ? index : 0];
  throw new FilterTextError(
    `"${found?.text}": ${nameOf(condition?.field)} ${issue?.message}`,
    found?.at ?? 0,
  );
}

function partOf(field: FilterField, values: readonly Found[]): unknown {
  const [first, ...others] = values;
  if (manyValued.has(field)) return values.map(({ text }) => text);
  if (others[0] !== undefined) throw new FilterTextError(`"${nameOf(field)}" takes one value`, others[0].at);
  if (field === 'attention') return { true: true, false: false }[first?.text ?? ''] ?? first?.text;
  return first?.text;
}

function conditionsIn(text: string): Condition[] {
  const reader = new Reader(text);
  const conditions: Condition[] = [];
  do {
    const condition = readCondition(reader);
    if (conditions.some((each) => each.field === condition.field)) {
      const name = nameOf(condition.field);
      const instead = manyValued.has(condition.field) ? `; for any of several, write ${name}=one|other` : '';
      throw new FilterTextError(`"${name}" is asked for twice${instead}`, condition.at);
    }
    conditions.push(condition);
  } while (reader.take(','));
  if (!reader.ended) reader.expected('a comma or the end');
  return conditions;
}

function readCondition(reader: Reader): Condition {
  const { text: name, at } = reader.match(field) ?? reader.expected('a field');
  const known = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (known === undefined)
    throw new FilterTextError(
      `there is no field "${name}"; there are ${Object.keys(operators).join(', ')}`,
      at,
    );
  const takes = Object.keys(known).join(' or ');
  const sign = reader.match(operator) ?? reader.expected(`${takes} after "${name}"`);
  const meant = Object.hasOwn(known, sign.text) ? known[sign.text] : undefined;
  if (meant === undefined) throw new FilterTextError(`"${name}" takes ${takes}, not ${sign.text}`, sign.at);
  const values: Found[] = [];
  do values.push(reader.match(value) ?? reader.expected('a value'));
  while (reader.take('|'));
  return { field: meant, at, values };
}

class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  get ended(): boolean {
    return this.#at === this.text.length;
  }

  /**
   * The pattern's match at the current position: its first group that matched, or the unescaped content of a quoted
   * text.
   */
  match(pattern: RegExp): Found | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    const at = this.#at + found[0].search(/\S/);
    this.#at = pattern.lastIndex;
    const { quoted, bare = '' } = found.groups ?? {};
    return { text: quoted?.replace(/\\(.)/g, '$1') ?? bare, at };
  }

  take(mark: string): boolean {
    if (this.text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  expected(what: string): never {
    const next = this.text.slice(this.#at).trimStart();
    const at = this.text.length - next.length;
    const [first] = next;
    throw new FilterTextError(`${what} is expected, not ${first === undefined ? 'the end' : first}`, at);
  }
}

/** The field's name in the text. */
function nameOf(field: FilterField | undefined): string {
  const [name = ''] =
    Object.entries(operators).find(([, each]) => Object.values(each).includes(field ?? 'state')) ?? [];
  return name;
}
