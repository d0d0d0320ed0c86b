import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Accounts, openAccounts } from '../../examples/rag/accounts/accounts.js';
import { hashPassword, passwordMatches } from '../../examples/rag/accounts/password.js';
import { workspaceId } from '../../examples/rag/accounts/workspace-id.js';
import { accountsDatabase } from './support/accounts-database.js';

let url: string;
let accounts: Accounts;
let db: pg.Pool;

beforeAll(async () => {
  url = await accountsDatabase();
  accounts = await openAccounts(url);
  db = new pg.Pool({ connectionString: url });
});

afterAll(async () => {
  await db.end();
  await accounts.close();
});

const password = 'correct horse battery';
const signUp = (email: string, workspaceName = 'Acme') =>
  accounts.people.signUp({ email, password, workspaceName, plan: 'free' });

describe('the tables', () => {
  it('are made by whoever starts first, and left alone by those who start later or at once', async () => {
    const fresh = await accountsDatabase();
    const started = await Promise.all([openAccounts(fresh), openAccounts(fresh), openAccounts(fresh)]);
    await started[0]?.people.signUp({
      email: 'ada@example.com',
      password,
      workspaceName: 'Acme',
      plan: 'free',
    });
    const again = await openAccounts(fresh);
    expect(await again.people.signIn('ada@example.com', password)).toBeDefined();
    await Promise.all([...started, again].map((each) => each.close()));
  });
});

describe('a sign-up', () => {
  it('makes a person, a workspace named for its tenant, and an owner of it', async () => {
    const member = await signUp('owner@example.com', 'Acme & Söhne');
    expect(member?.workspaceId).toMatch(/^acme-sohne-[0-9a-f]{8}$/);
    expect(await accounts.workspaces.find(member?.workspaceId ?? '')).toEqual({
      id: member?.workspaceId,
      name: 'Acme & Söhne',
      plan: 'free',
      owner: 'owner@example.com',
      members: 1,
    });
  });

  it('sent twice at once is one account', async () => {
    const [first, second] = await Promise.all([signUp('twice@example.com'), signUp('twice@example.com')]);
    expect(second).toEqual(first);
    const { rows } = await db.query(`select from rag.people where email = 'twice@example.com'`);
    expect(rows).toHaveLength(1);
  });

  it('does not hand an account to who knows its address alone, in whatever case it is typed', async () => {
    await signUp('taken@example.com');
    const other = {
      email: 'TAKEN@example.com',
      password: 'another password',
      workspaceName: 'B',
      plan: 'free',
    };
    expect(await accounts.people.signUp(other)).toBeUndefined();
    const { rows } = await db.query(`select from rag.workspaces where name = 'B'`);
    expect(rows).toHaveLength(0);
  });
});

describe('a sign-in', () => {
  it('takes the address in any case, and the password in one', async () => {
    const member = await signUp('case@example.com');
    expect(await accounts.people.signIn('Case@Example.COM', password)).toEqual(member);
    expect(await accounts.people.signIn('case@example.com', password.toUpperCase())).toBeUndefined();
  });

  it('takes a password typed on a keyboard that writes its accents apart', async () => {
    const hash = await hashPassword('caf\u00e9 cr\u00e8me');
    expect(await passwordMatches('cafe\u0301 cre\u0300me', hash)).toBe(true);
  });

  it('takes as long for an address that nobody has as for a wrong password', async () => {
    await signUp('known@example.com');
    const time = async (email: string) => {
      const startedAt = performance.now();
      expect(await accounts.people.signIn(email, 'a wrong password')).toBeUndefined();
      return performance.now() - startedAt;
    };
    const least = async (email: string) => Math.min(await time(email), await time(email), await time(email));
    const [known, unknown] = [await least('known@example.com'), await least('unknown@example.com')];
    // The hash is nearly all of it; without one the answer would come some hundred times sooner.
    expect(unknown / known).toBeGreaterThan(0.3);
    expect(unknown / known).toBeLessThan(3);
  });

  it('keeps no password, and the same one twice as two hashes', async () => {
    const [first, second] = await Promise.all([hashPassword(password), hashPassword(password)]);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^scrypt\$15\$8\$3\$/);
    const { rows } = await db.query('select p::text as row from rag.people p');
    expect(rows.map(({ row }) => row).join()).not.toContain(password);
  });
});

describe('a session', () => {
  it('is for one person in one workspace', async () => {
    const member = await signUp('session@example.com', 'Globex');
    const token = await accounts.sessions.start(member?.personId ?? '', member?.workspaceId ?? '');
    expect(await accounts.sessions.find(token)).toMatchObject({
      personId: member?.personId,
      email: 'session@example.com',
      workspaceId: member?.workspaceId,
      workspaceName: 'Globex',
      role: 'owner',
    });
  });

  it('cannot be begun for a workspace that the person is no member of', async () => {
    const [one, other] = [await signUp('one@example.com'), await signUp('other@example.com')];
    await expect(accounts.sessions.start(one?.personId ?? '', other?.workspaceId ?? '')).rejects.toThrow(
      /foreign key/,
    );
  });

  it('is kept as a hash, so that who reads the table cannot sign in', async () => {
    const member = await signUp('hash@example.com');
    const token = await accounts.sessions.start(member?.personId ?? '', member?.workspaceId ?? '');
    const { rows } = await db.query(
      `select s::text as row, encode(token_hash, 'escape') as hash from rag.sessions s`,
    );
    expect(JSON.stringify(rows)).not.toContain(token);
    for (const { hash } of rows) expect(await accounts.sessions.find(hash)).toBeUndefined();
  });

  it('ends when it is ended, when it expires, and when the membership does', async () => {
    const member = await signUp('ends@example.com');
    const start = () => accounts.sessions.start(member?.personId ?? '', member?.workspaceId ?? '');
    const [ended, expired, left] = [await start(), await start(), await start()];
    await accounts.sessions.end(ended);
    expect(await accounts.sessions.find(ended)).toBeUndefined();

    await db.query(`update rag.sessions set expires_at = now() where person_id = $1`, [member?.personId]);
    expect(await accounts.sessions.find(expired)).toBeUndefined();

    await db.query(`update rag.sessions set expires_at = now() + interval '1 day' where person_id = $1`, [
      member?.personId,
    ]);
    expect(await accounts.sessions.find(left)).toBeDefined();
    await db.query('delete from rag.memberships where person_id = $1', [member?.personId]);
    expect(await accounts.sessions.find(left)).toBeUndefined();
  });
});

describe('the id of a workspace', () => {
  it.each([
    ['Acme', /^acme-[0-9a-f]{8}$/],
    ['  Müller / Söhne  ', /^muller-sohne-[0-9a-f]{8}$/],
    ['東京', /^workspace-[0-9a-f]{8}$/],
    ["'; drop table people; --", /^drop-table-people-[0-9a-f]{8}$/],
    ['a'.repeat(60), /^a{40}-[0-9a-f]{8}$/],
  ])('of %s reads like it, and is no other’s', (name, pattern) => {
    expect(workspaceId(name)).toMatch(pattern);
    expect(workspaceId(name)).not.toBe(workspaceId(name));
  });
});
