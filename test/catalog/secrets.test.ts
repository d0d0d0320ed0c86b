import { beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../catalog/catalog.js';
import { SealError } from '../../catalog/seal.js';
import type { Writer } from '../../catalog/tenant.js';
import { namesOf, newcomer, sealKeys, testCatalog } from './test-catalog.js';

const keys = sealKeys('k1');
const test = testCatalog(keys);
const secret = 'postgresql://app_owner:s3cret@ep-1/app';

let acme: Writer;

async function known(): Promise<Writer> {
  const writer = newcomer();
  await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
  return writer;
}

beforeEach(async () => {
  acme = await known();
});

describe('a secret', () => {
  it('is opened as it was put, by tenant and kind', async () => {
    const { secrets } = test.catalog;
    const other = await known();
    await secrets.put(acme, 'owner', secret);
    await secrets.put(acme, 'app', 'the app’s');
    await secrets.put(other, 'owner', 'the other’s');
    expect(await secrets.open(acme, 'owner')).toBe(secret);
    expect(await secrets.open(acme, 'app')).toBe('the app’s');
    expect(await secrets.open(other, 'owner')).toBe('the other’s');
    expect(await secrets.open(other, 'app')).toBeUndefined();
  });

  it('is kept for good when it was only to be kept, so that two attempts use the same', async () => {
    const { secrets } = test.catalog;
    const kept = await Promise.all([secrets.keep(acme, 'app', 'one'), secrets.keep(acme, 'app', 'two')]);
    expect(new Set(kept).size).toBe(1);
    expect(await secrets.keep(acme, 'app', 'three')).toBe(kept[0]);
    expect(await secrets.open(acme, 'app')).toBe(kept[0]);
  });

  it('takes the place of the one that was put before', async () => {
    await test.catalog.secrets.put(acme, 'app', 'old');
    await test.catalog.secrets.put(acme, 'app', 'new');
    expect(await test.catalog.secrets.open(acme, 'app')).toBe('new');
    expect(await test.rows('select 1 from tenantry.secrets where tenant_id = $1', [acme.id])).toHaveLength(1);
  });

  it('stands in the table in no readable form', async () => {
    await test.catalog.secrets.put(acme, 'owner', secret);
    const [row] = await test.rows(
      'select key_id, ciphertext, secrets::text as shown from tenantry.secrets where tenant_id = $1',
      [acme.id],
    );
    expect(row?.key_id).toBe('k1');
    expect(row?.shown).toContain(row?.ciphertext.toString('hex'));
    for (const part of ['s3cret', 'app_owner']) {
      expect(row?.shown).not.toContain(part);
      expect(row?.shown).not.toContain(Buffer.from(part).toString('hex'));
    }
  });

  it('does not open once its row is given to another tenant', async () => {
    const other = await known();
    await test.catalog.secrets.put(acme, 'owner', secret);
    await test.rows('update tenantry.secrets set tenant_id = $2 where tenant_id = $1', [acme.id, other.id]);
    await expect(test.catalog.secrets.open(other, 'owner')).rejects.toThrow(SealError);
    expect(await test.catalog.secrets.open(acme, 'owner')).toBeUndefined();
  });

  it('does not open once its row is said to be of another kind', async () => {
    await test.catalog.secrets.put(acme, 'owner', secret);
    await test.rows(`update tenantry.secrets set kind = 'app' where tenant_id = $1`, [acme.id]);
    await expect(test.catalog.secrets.open(acme, 'app')).rejects.toThrow(SealError);
  });

  it('says whose it is when it does not open, and what fixes it', async () => {
    const other = await known();
    for (const tenant of [acme, other]) await test.catalog.secrets.put(tenant, 'app', secret);
    await test.rows(
      `update tenantry.secrets mine set ciphertext = theirs.ciphertext, nonce = theirs.nonce
       from tenantry.secrets theirs where mine.tenant_id = $1 and theirs.tenant_id = $2`,
      [acme.id, other.id],
    );
    const opening = test.catalog.secrets.open(acme, 'app');
    await expect(opening).rejects.toThrow(`"app" of the tenant "${acme.id}"`);
    await expect(opening).rejects.toThrow(`tenantry rotate ${acme.id} --now`);
  });

  it('is forgotten with all others of its tenant, and of no other tenant', async () => {
    const { secrets } = test.catalog;
    const other = await known();
    await secrets.put(acme, 'owner', secret);
    await secrets.put(acme, 'app', secret);
    await secrets.put(other, 'app', secret);
    await secrets.forget(acme);
    await secrets.forget(acme);
    expect(await secrets.open(acme, 'owner')).toBeUndefined();
    expect(await secrets.open(acme, 'app')).toBeUndefined();
    expect(await secrets.open(other, 'app')).toBe(secret);
  });

  it('belongs to a tenant that the catalog knows', async () => {
    await expect(test.catalog.secrets.put(newcomer(), 'app', secret)).rejects.toThrow('foreign key');
  });

  it('outlives a rotation of the key, and is sealed anew with the newest when it is put again', async () => {
    await test.catalog.secrets.put(acme, 'app', secret);
    const rotated = openCatalog({ url: test.url, sealKeys: new Map([...sealKeys('k2'), ...keys]) });
    try {
      expect(await rotated.secrets.open(acme, 'app')).toBe(secret);
      await rotated.secrets.put(acme, 'app', secret);
      expect(await rotated.secrets.open(acme, 'app')).toBe(secret);
      await expect(test.catalog.secrets.open(acme, 'app')).rejects.toThrow('sealed with key "k2"');
    } finally {
      await rotated.close();
    }
  });
});

/** What stands in the table for a tenant, as a backup would have it. */
const rowsOf = (tenant: Writer) =>
  test.rows('select to_jsonb(secrets) as row from tenantry.secrets where tenant_id = $1', [tenant.id]);

/** Puts rows of a backup back, in the place of what stands there now. */
async function putBack(backup: Awaited<ReturnType<typeof rowsOf>>): Promise<void> {
  for (const { row } of backup) {
    await test.rows('delete from tenantry.secrets where tenant_id = $1 and kind = $2', [
      row.tenant_id,
      row.kind,
    ]);
    await test.rows(
      `insert into tenantry.secrets (fleet, tenant_id, kind, key_id, nonce, ciphertext, sealed_at, generation)
          select fleet, tenant_id, kind, key_id, nonce, ciphertext, sealed_at, generation from jsonb_populate_record(null::tenantry.secrets, $1)`,
      [row],
    );
  }
}

describe('an old secret that is put back into the table', () => {
  it('does not open once another took its place, whatever its row says, and does no harm to one put after it', async () => {
    const { secrets } = test.catalog;
    await secrets.put(acme, 'app', 'old');
    const backup = await rowsOf(acme);
    await secrets.put(acme, 'app', 'new');
    const [newest] = await rowsOf(acme);
    await putBack(backup);
    await expect(secrets.open(acme, 'app')).rejects.toThrow(SealError);
    await expect(secrets.open(acme, 'app')).rejects.toMatchObject({
      putBack: true,
      message: expect.stringContaining('is not the one that was sealed last'),
    });
    await expect(secrets.keep(acme, 'app', 'kept')).rejects.toThrow('not the one that was sealed last');
    await test.rows('update tenantry.secrets set generation = $2 where tenant_id = $1', [
      acme.id,
      newest?.row.generation,
    ]);
    await expect(secrets.open(acme, 'app')).rejects.toThrow('it was altered');
    await secrets.put(acme, 'app', 'newest');
    expect(await secrets.open(acme, 'app')).toBe('newest');
  });

  it.each(['remove', 'forget'] as const)(
    'does not open after %s, nor in the place of a later one',
    async (how) => {
      const { secrets } = test.catalog;
      await secrets.put(acme, 'next', 'old');
      const backup = await rowsOf(acme);
      await (how === 'remove' ? secrets.remove(acme, 'next') : secrets.forget(acme));
      await putBack(backup);
      await expect(secrets.open(acme, 'next')).rejects.toThrow(SealError);
      await expect(secrets.keep(acme, 'next', 'kept')).rejects.toThrow(SealError);
      await secrets.forget(acme);
      expect(await secrets.keep(acme, 'next', 'kept')).toBe('kept');
      expect(await secrets.open(acme, 'next')).toBe('kept');
      await putBack(backup);
      await expect(secrets.open(acme, 'next')).rejects.toThrow(SealError);
    },
  );

  it('does not open for a tenant that has its id after an erase', async () => {
    const { secrets, tenants } = test.catalog;
    await secrets.put(acme, 'owner', 'of the erased one');
    const backup = await rowsOf(acme);
    await test.rows('delete from tenantry.tenants where id = $1', [acme.id]);
    expect(
      await test.rows('select from tenantry.secret_generations where tenant_id = $1', [acme.id]),
    ).toEqual([]);
    await tenants.beginOnboarding(acme, namesOf(acme));
    await secrets.put(acme, 'owner', 'of the new one');
    await putBack(backup);
    await expect(secrets.open(acme, 'owner')).rejects.toThrow(SealError);
  });

  it('stays out of the way of those who put and keep at the same time', async () => {
    const { secrets } = test.catalog;
    const all = Array.from({ length: 20 }, (_, turn) =>
      turn % 2 === 0 ? secrets.put(acme, 'app', `put ${turn}`) : secrets.keep(acme, 'app', `kept ${turn}`),
    );
    await Promise.all(all);
    expect(await secrets.open(acme, 'app')).toMatch(/^(put|kept) \d+$/);
  });
});
