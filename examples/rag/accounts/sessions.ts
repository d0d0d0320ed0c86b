import type { Pool } from 'pg';
import { randomToken, tokenHash } from './tokens.js';

/** A person signed in to one workspace. Which tenant a request is about is read from here and nowhere else. */
export interface Session {
  readonly personId: string;
  readonly email: string;
  /** The tenant's id. */
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly role: 'owner' | 'member';
  /** What the tokens of this session's forms are made from. */
  readonly csrfSecret: string;
}

/** Counted from sign-in. Use does not prolong it. */
export const sessionDays = 14;

export class Sessions {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Returns the token, which is nowhere kept. A new one at each sign-in: what somebody knew before is worth nothing after. */
  async start(personId: string, workspaceId: string): Promise<string> {
    const token = randomToken();
    await this.#pool.query(
      `with expired as (delete from rag.sessions where expires_at < now())
       insert into rag.sessions (token_hash, person_id, workspace_id, csrf_secret, expires_at)
       values ($1, $2, $3, $4, now() + make_interval(days => $5))`,
      [tokenHash(token), personId, workspaceId, randomToken(), sessionDays],
    );
    return token;
  }

  async find(token: string): Promise<Session | undefined> {
    const { rows } = await this.#pool.query<Session>(
      `select s.person_id as "personId", p.email, s.workspace_id as "workspaceId", w.name as "workspaceName",
              m.role, s.csrf_secret as "csrfSecret"
         from rag.sessions s
         join rag.people p on p.id = s.person_id
         join rag.workspaces w on w.id = s.workspace_id
         join rag.memberships m on m.person_id = s.person_id and m.workspace_id = s.workspace_id
        where s.token_hash = $1 and s.expires_at > now()`,
      [tokenHash(token)],
    );
    return rows[0];
  }

  async end(token: string): Promise<void> {
    await this.#pool.query('delete from rag.sessions where token_hash = $1', [tokenHash(token)]);
  }
}
