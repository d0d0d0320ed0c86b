import { describe, expect, it } from 'vitest';
import type { SecretKind, SecretStore, SecretTenant } from '../../tenancy/secret-store.js';

export interface StoreUnderTest {
  readonly store: SecretStore;
  /** A tenant that no test has used before. */
  tenant(): Promise<SecretTenant>;
}

const owner = 'postgresql://app_owner:s3cret@ep-1/app';

/** What holds for every store of secrets. The store is asked for while tests run. */
export function itKeepsSecrets(name: string, underTest: () => StoreUnderTest): void {
  const newTenant = () => underTest().tenant();
  const kindsOf = async (tenant: SecretTenant) =>
    (await underTest().store.kinds(tenant)).map(({ kind }) => kind).sort();

  describe(`a secret in ${name}`, () => {
    it('is opened as it was put, by tenant and kind', async () => {
      const { store } = underTest();
      const [acme, other] = [await newTenant(), await newTenant()];
      const put: readonly (readonly [SecretTenant, SecretKind, string])[] = [
        [acme, 'owner', owner],
        [acme, 'app', 'the app’s'],
        [acme, 'branch:support-ticket', 'the branch’s'],
        [acme, 'project:quiet-field-12345678', 'the project’s'],
        [other, 'owner', 'the other’s'],
      ];
      for (const [tenant, kind, secret] of put) await store.put(tenant, kind, secret);
      for (const [tenant, kind, secret] of put) expect(await store.open(tenant, kind)).toBe(secret);
      expect(await store.open(other, 'app')).toBeUndefined();
      expect(await store.open(acme, 'branch:support')).toBeUndefined();
    });

    it('takes the place of the one that was put before, as often as it is put', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      for (const secret of ['old', 'new', 'new']) await store.put(acme, 'app', secret);
      expect(await store.open(acme, 'app')).toBe('new');
    });

    it('is there once, whoever of many puts it last', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      const put = ['one', 'two', 'three'];
      await Promise.all(put.map((secret) => store.put(acme, 'app', secret)));
      expect(put).toContain(await store.open(acme, 'app'));
      expect(await kindsOf(acme)).toEqual(['app']);
    });

    it('is kept for good when it was only to be kept, so that two attempts use the same', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      const kept = await Promise.all([store.keep(acme, 'app', 'one'), store.keep(acme, 'app', 'two')]);
      expect(['one', 'two']).toContain(kept[0]);
      expect(kept[1]).toBe(kept[0]);
      expect(await store.keep(acme, 'app', 'three')).toBe(kept[0]);
      expect(await store.open(acme, 'app')).toBe(kept[0]);
    });

    it('that was put is the one that is kept', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      await store.put(acme, 'app', 'put');
      expect(await store.keep(acme, 'app', 'kept')).toBe('put');
    });

    it('is removed alone, and only once there', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      await store.remove(acme, 'next');
      await store.put(acme, 'next', 'next');
      await store.put(acme, 'app', 'app');
      await store.remove(acme, 'next');
      await store.remove(acme, 'next');
      expect(await store.open(acme, 'next')).toBeUndefined();
      expect(await store.open(acme, 'app')).toBe('app');
      expect(await kindsOf(acme)).toEqual(['app']);
    });

    it('is forgotten with all others of its tenant, and of no other tenant', async () => {
      const { store } = underTest();
      const [acme, other] = [await newTenant(), await newTenant()];
      const kinds: SecretKind[] = ['owner', 'app', 'next', 'branch:a', 'branch:b', 'branch:c', 'project:p-1'];
      for (const kind of kinds) await store.put(acme, kind, owner);
      await store.put(other, 'branch:a', owner);
      expect(await kindsOf(acme)).toEqual([...kinds].sort());
      await store.forget(acme);
      await store.forget(acme);
      for (const kind of kinds) expect(await store.open(acme, kind), kind).toBeUndefined();
      expect(await kindsOf(acme)).toEqual([]);
      expect(await store.open(other, 'branch:a')).toBe(owner);
    });

    it('that was forgotten is not the one that is kept: of two attempts after it, both use the same new one', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      await store.put(acme, 'app', 'forgotten');
      await store.forget(acme);
      const kept = await Promise.all([store.keep(acme, 'app', 'one'), store.keep(acme, 'app', 'two')]);
      expect(['one', 'two']).toContain(kept[0]);
      expect(kept[1]).toBe(kept[0]);
      expect(await store.open(acme, 'app')).toBe(kept[0]);
      await store.forget(acme);
      expect(await store.keep(acme, 'app', 'three')).toBe('three');
    });

    it('can be put again after it was forgotten', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      await store.put(acme, 'owner', 'old');
      await store.forget(acme);
      await store.put(acme, 'owner', 'new');
      expect(await store.open(acme, 'owner')).toBe('new');
      expect(await kindsOf(acme)).toEqual(['owner']);
    });

    it('says since when it is there, and nothing of what it is', async () => {
      const { store } = underTest();
      const acme = await newTenant();
      await store.put(acme, 'owner', owner);
      const told = await store.kinds(acme);
      expect(told).toEqual([{ kind: 'owner', sealedAt: expect.any(Date) }]);
      expect(Math.abs(Date.now() - (told[0]?.sealedAt.getTime() ?? 0))).toBeLessThan(60_000);
    });
  });
}
