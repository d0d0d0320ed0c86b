import type pg from 'pg';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface Explained {
  /** The tables that were read from end to end. */
  readonly sequential: readonly string[];
  /** The most rows that any of its parts looked at. */
  readonly mostRows: number;
}

/** How Postgres does a statement. It is done, and what it changes is rolled back. */
export async function explained(client: pg.ClientBase, { sql, parameters }: Statement): Promise<Explained> {
  await client.query('begin');
  try {
    const { rows } = await client.query(`explain (analyze, format json) ${sql}`, [...parameters]);
    const nodes: PlanNode[] = [];
    const collect = (node: PlanNode) => {
      nodes.push(node);
      node.Plans?.forEach(collect);
    };
    collect(rows[0]['QUERY PLAN'][0].Plan);
    return {
      sequential: nodes.flatMap((node) =>
        node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '?'] : [],
      ),
      mostRows: Math.max(
        ...nodes.map(
          (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
        ),
      ),
    };
  } finally {
    await client.query('rollback');
  }
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}
