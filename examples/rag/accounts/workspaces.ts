import type { Pool } from 'pg';

/** What the application knows of a workspace; how it stands is the tenant's. */
export interface WorkspaceRow {
  /** The tenant's id. */
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  /** The address of its first owner. */
  readonly owner: string | null;
  readonly members: number;
}

export class Workspaces {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async find(id: string): Promise<WorkspaceRow | undefined> {
    return (await this.among([id])).get(id);
  }

  async among(ids: readonly string[]): Promise<ReadonlyMap<string, WorkspaceRow>> {
    const { rows } = await this.#pool.query<WorkspaceRow>(
      `select w.id, w.name, w.plan,
              (array_agg(p.email order by m.created_at) filter (where m.role = 'owner'))[1] as owner,
              count(p.id)::integer as members
         from rag.workspaces w
         left join rag.memberships m on m.workspace_id = w.id
         left join rag.people p on p.id = m.person_id
        where w.id = any($1)
        group by w.id`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}
