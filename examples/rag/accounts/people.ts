import type { Pool } from 'pg';
import { inTransaction } from '../database/in-transaction.js';
import { hashPassword, passwordMatches } from './password.js';
import { randomToken } from './tokens.js';
import { workspaceId } from './workspace-id.js';

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly workspaceName: string;
  readonly plan: string;
}

/** A person, and the workspace that a sign-in opens: the one that they joined first. */
export interface Member {
  readonly personId: string;
  readonly workspaceId: string;
}

interface PersonRow extends Member {
  readonly passwordHash: string;
}

/** Compared with when nobody has the address, so that the answer takes as long as for a wrong password. */
const nobodysHash = hashPassword(randomToken());

export class People {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * An account with a workspace of its own, or `undefined` if the address is taken. Sent twice, by a double click or a reload, it is one
   * account: who knows the password is let in.
   */
  async signUp({ email, password, workspaceName, plan }: SignUp): Promise<Member | undefined> {
    const passwordHash = await hashPassword(password);
    const made = await inTransaction(this.#pool, async (client) => {
      const person = await client.query<{ id: string }>(
        `insert into rag.people (email, password_hash) values ($1, $2)
         on conflict (lower(email)) do nothing returning id`,
        [email, passwordHash],
      );
      const personId = person.rows[0]?.id;
      if (personId === undefined) return undefined;
      const id = workspaceId(workspaceName);
      await client.query('insert into rag.workspaces (id, name, plan) values ($1, $2, $3)', [
        id,
        workspaceName,
        plan,
      ]);
      await client.query(
        `insert into rag.memberships (person_id, workspace_id, role) values ($1, $2, 'owner')`,
        [personId, id],
      );
      return { personId, workspaceId: id };
    });
    return made ?? this.signIn(email, password);
  }

  /** `undefined` for an unknown address and for a wrong password alike, after the same time. */
  async signIn(email: string, password: string): Promise<Member | undefined> {
    const { rows } = await this.#pool.query<PersonRow>(
      `select p.id as "personId", p.password_hash as "passwordHash", m.workspace_id as "workspaceId"
         from rag.people p
         join rag.memberships m on m.person_id = p.id
        where lower(p.email) = lower($1)
        order by m.created_at, m.workspace_id
        limit 1`,
      [email],
    );
    const person = rows[0];
    const matches = await passwordMatches(password, person?.passwordHash ?? (await nobodysHash));
    if (person === undefined || !matches) return undefined;
    return { personId: person.personId, workspaceId: person.workspaceId };
  }
}
