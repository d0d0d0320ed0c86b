import { attentionTo } from '../client/attention.js';
import type { Tenant } from '../client/index.js';
import { cut, jsonForTerminals, onOneLine } from '../tenancy/redact.js';
import { age } from './age.js';
import { answer, answerJsonPart } from './say.js';
import { growingTable } from './table.js';
import { tenantView } from './tenant-view.js';

/** Prints a list page by page, so that a million tenants take no more memory than a page. */
export interface TenantPrinter {
  page(tenants: readonly Tenant[]): void;
  end(next: string | undefined): void;
}

/** One line of JSON, `{ tenants, next }`. */
export function jsonPrinter(): TenantPrinter {
  let before = '{"tenants":[';
  return {
    page(tenants) {
      const views = tenants.map((tenant) => jsonForTerminals(tenantView(tenant)));
      answerJsonPart(before + views.join());
      before = ',';
    },
    end(next) {
      answerJsonPart(`],"next":${jsonForTerminals(next ?? null)}}\n`);
    },
  };
}

export function tablePrinter(): TenantPrinter {
  const lines = growingTable();
  let head: readonly (readonly string[])[] = [['tenant', 'state', 'plan', 'age', 'failure or attention']];
  return {
    page(tenants) {
      if (tenants.length === 0) return;
      answer(lines([...head, ...tenants.map(rowOf)]));
      head = [];
    },
    end() {},
  };
}

/** Long enough to say what happened, and short enough for one line. */
const longestProblem = 100;

function rowOf(tenant: Tenant): string[] {
  const { id, state, plan, createdAt, failure } = tenant;
  const problem = attentionTo(tenant) ?? (failure && `${failure.type}: ${failure.message}`) ?? '';
  const line = onOneLine(problem);
  const short = line.length <= longestProblem ? line : `${cut(line, longestProblem - 1)}…`;
  return [id, state, plan, age(createdAt), short];
}
