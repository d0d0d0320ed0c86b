import type { Sample, Scrape } from './scrape.js';

/**
 * As much of PromQL as our alerts are written in, on two scrapes that stand for the ends of every range: numbers, `time()`, selectors,
 * `rate` and `increase`, `absent`, aggregations `by` labels, arithmetic, comparisons, `and`, `or`. What a rule waits for besides
 * (`for`), extrapolation and resets of counters are left to Prometheus.
 */
export interface Scraped {
  /** Nothing, where no worker answered. */
  readonly before: Scrape | undefined;
  readonly after: Scrape | undefined;
  /** Between the two. */
  readonly seconds: number;
  /** In seconds since 1970. */
  readonly now: number;
}

type Series = Pick<Sample, 'labels' | 'value'>;
type Value = number | readonly Series[];

/** What an expression selects: an alert fires where that is anything. */
export function evaluate(expression: string, scraped: Scraped): readonly Series[] {
  const parser = new Parser(tokensOf(expression), scraped);
  const value = parser.or();
  parser.end();
  if (typeof value === 'number') throw new Error('a number is no alert');
  return value;
}

function tokensOf(expression: string): string[] {
  const token = /\s*([a-zA-Z_]\w*|\d+(?:\.\d+)?|"[^"]*"|=~|!=|==|>=|<=|[-+*/()[\]{},<>=])/y;
  const tokens: string[] = [];
  for (const text = expression.trim(); token.lastIndex < text.length; ) {
    const at = token.lastIndex;
    const [, found] = token.exec(text) ?? [];
    if (found === undefined) throw new Error(`cannot read ${text.slice(at)}`);
    tokens.push(found);
  }
  return tokens;
}

const aggregations: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '==': (a, b) => a === b,
};

class Parser {
  #at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly scraped: Scraped,
  ) {}

  end(): void {
    if (this.#at < this.tokens.length)
      throw new Error(`cannot read ${this.tokens.slice(this.#at).join(' ')}`);
  }

  or(): Value {
    let left = this.#and();
    while (this.#take('or')) {
      const [one, other] = [vectorOf(left), vectorOf(this.#and())];
      left = [...one, ...other.filter((series) => !one.some(alike(series)))];
    }
    return left;
  }

  #and(): Value {
    let left = this.#comparison();
    while (this.#take('and')) {
      const [one, other] = [vectorOf(left), vectorOf(this.#comparison())];
      left = one.filter((series) => other.some(alike(series)));
    }
    return left;
  }

  #comparison(): Value {
    const left = this.#sum();
    const compare = comparisons[this.#peek()];
    if (compare === undefined) return left;
    this.#next();
    const right = this.#sum();
    return vectorOf(left).filter(({ labels, value }) => {
      const against = typeof right === 'number' ? right : right.find(alike({ labels, value }))?.value;
      return against !== undefined && compare(value, against);
    });
  }

  #sum(): Value {
    return this.#binary(['+', '-'], () => this.#product());
  }

  #product(): Value {
    return this.#binary(['*', '/'], () => this.#primary());
  }

  #binary(operators: readonly string[], operand: () => Value): Value {
    let left = operand();
    while (operators.includes(this.#peek())) {
      const operate = arithmetic[this.#next()] as (a: number, b: number) => number;
      left = combined(left, operand(), operate);
    }
    return left;
  }

  #primary(): Value {
    const token = this.#next();
    if (/^\d/.test(token)) return Number(token);
    if (token === '(') return this.#closing(() => this.or());
    if (token === 'time') return this.#called(() => this.scraped.now);
    if (token === 'absent')
      return this.#called(() => (vectorOf(this.or()).length === 0 ? [{ labels: {}, value: 1 }] : []));
    if (token === 'rate' || token === 'increase')
      return this.#called(() => this.#growth(token === 'rate' ? this.scraped.seconds : 1));
    const aggregate = aggregations[token];
    if (aggregate === undefined) return this.#selected(token, this.scraped.after);
    this.#expect('by');
    this.#expect('(');
    const labels = this.#list(')');
    return grouped(vectorOf(this.#called(() => this.or())), labels, aggregate);
  }

  /** Of a series that was there at the first scrape: Prometheus knows no growth of one that was not. */
  #growth(per: number): readonly Series[] {
    const from = this.#at;
    const name = this.#next();
    const after = this.#selected(name, this.scraped.after);
    this.#expect('[');
    this.#next();
    this.#next();
    this.#expect(']');
    const to = this.#at;
    this.#at = from + 1;
    const before = this.#selected(name, this.scraped.before);
    this.#at = to;
    return after.flatMap(({ labels, value }) => {
      const first = before.find(alike({ labels, value }));
      return first === undefined ? [] : [{ labels, value: (value - first.value) / per }];
    });
  }

  #selected(name: string, scrape: Scrape | undefined): readonly Series[] {
    const matchers: ((labels: Series['labels']) => boolean)[] = [];
    if (this.#take('{'))
      while (!this.#take('}')) {
        const [label, operator, quoted] = [this.#next(), this.#next(), this.#next()];
        const wanted = new RegExp(
          operator === '=~' ? `^(?:${quoted.slice(1, -1)})$` : `^${quoted.slice(1, -1)}$`,
        );
        matchers.push((labels) => wanted.test(labels[label] ?? ''));
        this.#take(',');
      }
    return (scrape?.samples ?? [])
      .filter((sample) => sample.name === name)
      .filter(({ labels }) => matchers.every((matches) => matches(labels)));
  }

  #called<T>(inside: () => T): T {
    this.#expect('(');
    return this.#closing(inside);
  }

  #closing<T>(inside: () => T): T {
    const value = inside();
    this.#expect(')');
    return value;
  }

  #list(end: string): string[] {
    const listed: string[] = [];
    while (!this.#take(end)) {
      listed.push(this.#next());
      this.#take(',');
    }
    return listed;
  }

  #peek(): string {
    return this.tokens[this.#at] ?? '';
  }

  #next(): string {
    this.#at += 1;
    return this.tokens[this.#at - 1] ?? '';
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`"${this.#peek()}" stands where "${token}" should`);
  }
}

function vectorOf(value: Value): readonly Series[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}

const keyOf = (labels: Series['labels']) => JSON.stringify(Object.entries(labels).sort());

function alike({ labels }: Series): (other: Series) => boolean {
  return (other) => keyOf(other.labels) === keyOf(labels);
}

function combined(left: Value, right: Value, operate: (a: number, b: number) => number): Value {
  if (typeof left === 'number' && typeof right === 'number') return operate(left, right);
  if (typeof left === 'number')
    return vectorOf(right).map(({ labels, value }) => ({ labels, value: operate(left, value) }));
  if (typeof right === 'number')
    return left.map(({ labels, value }) => ({ labels, value: operate(value, right) }));
  return left.flatMap((series) => {
    const other = right.find(alike(series));
    return other === undefined ? [] : [{ labels: series.labels, value: operate(series.value, other.value) }];
  });
}

function grouped(
  series: readonly Series[],
  by: readonly string[],
  aggregate: (values: readonly number[]) => number,
): readonly Series[] {
  const groups = new Map<string, { labels: Series['labels']; values: number[] }>();
  for (const { labels, value } of series) {
    const kept = Object.fromEntries(
      by.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])),
    );
    const key = keyOf(kept);
    const group = groups.get(key) ?? { labels: kept, values: [] };
    groups.set(key, group);
    group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: aggregate(values) }));
}
