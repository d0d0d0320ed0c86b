import { describe, expect, it, onTestFinished } from 'vitest';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import type { Resealed, ResealOptions, ResealProgress } from '../../catalog/reseal.js';
import { SealError } from '../../catalog/seal.js';
import { migratedCatalog } from '../support/catalog-database.js';
import { withClient } from '../support/sql.js';
import { manySealed, sealedWith, secretOf } from './sealed-tenants.js';
import { sealKeys } from './test-catalog.js';

const [old, fresh] = [sealKeys('old'), sealKeys('new')];
const both = new Map([...fresh, ...old]);

function open(url: string, keys: ReadonlyMap<string, Buffer>): Catalog {
  const catalog = openCatalog({ url, sealKeys: keys });
  onTestFinished(() => catalog.close());
  return catalog;
}

/** A catalog of its own, with secrets of many tenants that the old key has sealed. */
async function sealedCatalog(count: number) {
  const url = await migratedCatalog();
  const tenants = await manySealed(url, old, { count });
  return { url, tenants, catalog: open(url, both) };
}

async function reseal(catalog: Catalog, options: ResealOptions = {}): Promise<Resealed> {
  if (catalog.reseal === undefined) throw new Error('the catalog seals nothing');
  return catalog.reseal('rag', options);
}

describe('to seal secrets anew', () => {
  it('brings all of them under the first key, so that they open without the old one', async () => {
    const { url, tenants, catalog } = await sealedCatalog(250);
    const progress: ResealProgress[] = [];
    const done = await reseal(catalog, { onProgress: (told) => void progress.push(told) });
    expect(done).toEqual({
      keyId: 'new',
      keyIds: ['new', 'old'],
      resealed: 500,
      unopened: [],
      keysInUse: [{ keyId: 'new', secrets: 500, ofOtherFleets: 0 }],
    });
    expect(progress).toEqual([200, 400, 500].map((resealed) => ({ resealed, total: 500 })));
    const { secrets } = open(url, fresh);
    for (const tenant of tenants)
      for (const kind of ['app', 'owner'] as const)
        expect(await secrets.open(tenant, kind)).toBe(secretOf(tenant.id, kind));
    expect(await reseal(catalog)).toMatchObject({ resealed: 0 });
  });

  it('goes on where it was cut short, be it by its caller or by a connection that is lost', async () => {
    const { url, catalog } = await sealedCatalog(500);
    const stop = new AbortController();
    await expect(reseal(catalog, { signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow(
      'aborted',
    );
    expect(await sealedWith(url)).toEqual({ new: 200, old: 800 });
    // A lock makes it wait in the middle of a batch, where its connection is ended.
    await withClient(url, async (client) => {
      await client.query('begin');
      await client.query('lock table tenantry.secrets in share mode');
      // In which words depends on whether the query, the rollback after it or the socket hears of it first.
      const cut = reseal(catalog).then(
        () => 'done',
        () => 'cut',
      );
      const ended = `select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      for (let count = 0; count === 0; ) count = Number((await client.query(ended)).rows[0]?.count);
      expect(await cut).toBe('cut');
      await client.query('rollback');
    });
    expect(await sealedWith(url)).toEqual({ new: 200, old: 800 });
    expect(await reseal(catalog)).toMatchObject({ resealed: 800, unopened: [] });
    expect(await sealedWith(url)).toEqual({ new: 1000 });
  });

  it('by two at once is done once for each secret', async () => {
    const { url, tenants, catalog } = await sealedCatalog(400);
    const done = await Promise.all([reseal(catalog), reseal(open(url, both))]);
    expect(done.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(800);
    expect(await sealedWith(url)).toEqual({ new: 800 });
    for (const tenant of tenants.slice(0, 20))
      expect(await catalog.secrets.open(tenant, 'owner')).toBe(secretOf(tenant.id, 'owner'));
  });

  it('takes back nothing that is put, published or removed at the same time', async () => {
    const { url, tenants, catalog } = await sealedCatalog(300);
    // Of two processes, one has not got the new key in front yet.
    const others = [open(url, new Map([...old, ...fresh])), open(url, both)];
    let over = false;
    const rotating = tenants.slice(0, 12).map(async (tenant, at) => {
      const { secrets, publishLogin } = others[at % 2] ?? catalog;
      let turn = 0;
      do {
        turn += 1;
        await secrets.put(tenant, 'owner', `owner ${turn}`);
        await secrets.put(tenant, 'next', `postgresql://role_${at}_${turn}:pw@ep-1/app`);
        expect(await publishLogin(tenant, `role_${at}_${turn}`)).toBe(true);
      } while (!over);
      return { tenant, turn, login: `postgresql://role_${at}_${turn}:pw@ep-1/app` };
    });
    const removing = tenants.slice(12, 20).map((tenant) => catalog.secrets.forget(tenant));
    await reseal(catalog);
    over = true;
    await Promise.all(removing);
    for (const { tenant, turn, login } of await Promise.all(rotating)) {
      expect(await catalog.secrets.open(tenant, 'owner')).toBe(`owner ${turn}`);
      expect(await catalog.secrets.open(tenant, 'app')).toBe(login);
      expect(await catalog.secrets.open(tenant, 'next')).toBeUndefined();
    }
    for (const tenant of tenants.slice(12, 20)) expect(await catalog.secrets.kinds(tenant)).toEqual([]);
    await reseal(catalog);
    expect(Object.keys(await sealedWith(url))).toEqual(['new']);
  });

  it('waits for a secret that somebody holds, and does the others meanwhile', async () => {
    const { url, tenants, catalog } = await sealedCatalog(3);
    await withClient(url, async (client) => {
      await client.query('begin');
      await client.query('select from tenantry.secret_generations where tenant_id = $1 for update', [
        tenants[1]?.id,
      ]);
      const resealing = reseal(catalog);
      for (let done = 0; done < 4; ) done = (await sealedWith(url)).new ?? 0;
      expect(await sealedWith(url)).toEqual({ new: 4, old: 2 });
      await client.query('commit');
      expect(await resealing).toMatchObject({ resealed: 6 });
    });
  });

  it('leaves what does not open as it is, says so, and makes nothing good of what was put back', async () => {
    const { url, tenants, catalog } = await sealedCatalog(4);
    const [altered, putBack, orphan, well] = tenants;
    if (!altered || !putBack || !orphan || !well) throw new Error('there are four');
    const backup = 'select to_jsonb(secrets) as row from tenantry.secrets where tenant_id = $1';
    await withClient(url, async (client) => {
      const { rows } = await client.query(backup, [putBack.id]);
      await catalog.secrets.put(putBack, 'app', 'rotated');
      await client.query('delete from tenantry.secrets where tenant_id = $1', [putBack.id]);
      for (const { row } of rows)
        await client.query(
          `insert into tenantry.secrets (fleet, tenant_id, kind, key_id, nonce, ciphertext, sealed_at, generation)
          select fleet, tenant_id, kind, key_id, nonce, ciphertext, sealed_at, generation from jsonb_populate_record(null::tenantry.secrets, $1)`,
          [row],
        );
      await client.query(`update tenantry.secrets set nonce = '\\x00' where tenant_id = $1`, [altered.id]);
      await client.query('delete from tenantry.secret_generations where tenant_id = $1', [orphan.id]);
    });
    const { resealed, unopened, keysInUse } = await reseal(catalog);
    expect(resealed).toBe(3);
    expect(unopened.map(({ tenantId, kind }) => `${tenantId} ${kind}`).sort()).toEqual([
      `${altered.id} app`,
      `${altered.id} owner`,
      `${putBack.id} app`,
      `${orphan.id} app`,
      `${orphan.id} owner`,
    ]);
    for (const { reason } of unopened)
      expect(reason).toMatch(/it was altered|not the one that was sealed last/);
    expect(keysInUse).toEqual([
      { keyId: 'new', secrets: 3, ofOtherFleets: 0 },
      { keyId: 'old', secrets: 5, ofOtherFleets: 0 },
    ]);
    await expect(catalog.secrets.open(putBack, 'app')).rejects.toThrow(SealError);
    expect(await catalog.secrets.open(putBack, 'owner')).toBe(secretOf(putBack.id, 'owner'));
  });

  it('leaves secrets of a key that is not at hand, and those of other fleets, and counts them', async () => {
    const { url, catalog } = await sealedCatalog(2);
    await manySealed(url, old, { fleet: 'other', count: 3 });
    const newest = open(url, sealKeys('newest'));
    expect((await reseal(newest)).unopened.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () =>
        expect.stringContaining('"old", which TENANTRY_SEAL_KEY does not hold'),
      ),
    );
    expect((await reseal(catalog)).keysInUse).toEqual([
      { keyId: 'new', secrets: 4, ofOtherFleets: 0 },
      { keyId: 'old', secrets: 0, ofOtherFleets: 6 },
    ]);
  });
});
