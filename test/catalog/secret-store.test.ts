import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../activities/failure-interceptor.js';
import { openCatalog } from '../../catalog/catalog.js';
import { awsSecretsManager } from '../../secrets/aws-secrets-manager.js';
import { SecretStoreError } from '../../tenancy/secret-store.js';
import { startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.js';
import { itKeepsSecrets } from './secret-store-contract.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();

itKeepsSecrets('the catalog', () => ({
  store: test.catalog.secrets,
  async tenant() {
    const writer = newcomer();
    await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
    return writer;
  },
}));

let aws: TestSecretsManager;

beforeAll(async () => {
  aws = await startSecretsManager();
});

afterAll(() => aws.stop());

itKeepsSecrets('AWS Secrets Manager', () => ({
  store: awsSecretsManager({ client: aws.client }),
  tenant: async () => newcomer(),
}));

describe('AWS Secrets Manager', () => {
  const secret = 'postgresql://app:hunter2@ep-1/app';
  let own: TestSecretsManager;
  const storeAt = (options = {}) =>
    awsSecretsManager({ client: { ...own.client, retryMode: 'standard' }, ...options });

  beforeEach(async () => {
    own = await startSecretsManager();
    return () => own.stop();
  });

  it('has each secret under a name of its own, with its fleet and its tenant on it', async () => {
    const acme = { ...newcomer(), id: 'Acme (2) 😀' } as ReturnType<typeof newcomer>;
    const store = storeAt({ prefix: 'prod/eu', kmsKeyId: 'alias/tenants' });
    await store.put(acme, 'app', secret);
    await store.put(acme, 'branch:look', secret);
    const [app, branch] = [...own.secrets.values()];
    expect(app?.name).toMatch(/^prod\/eu\/rag\/acme-2-[0-9a-z]{12}\/app$/);
    expect(branch?.name).toBe(app?.name.replace(/app$/, 'branch/look/login'));
    expect(app).toMatchObject({
      kmsKeyId: 'alias/tenants',
      description: 'Tenantry: the app credential of the tenant Acme (2) 😀 of the fleet rag',
      tags: [
        { Key: 'tenantry:fleet', Value: 'rag' },
        { Key: 'tenantry:tenant', Value: 'Acme _2_ _' },
      ],
      versions: [{ value: secret }],
    });
  });

  it('makes one secret though the answer to its making was lost', async () => {
    const acme = newcomer();
    own.loseAnswer('CreateSecret');
    expect(await storeAt().keep(acme, 'app', secret)).toBe(secret);
    own.loseAnswer('PutSecretValue');
    await storeAt().put(acme, 'app', 'newer');
    expect([...own.secrets.values()].map(({ versions }) => versions.length)).toEqual([2]);
    expect(await storeAt().open(acme, 'app')).toBe('newer');
  });

  it('forgets what the lists of AWS do not show yet', async () => {
    const acme = newcomer();
    own.listLate();
    for (const kind of ['owner', 'app', 'next'] as const) await storeAt().put(acme, kind, secret);
    expect((await storeAt().kinds(acme)).length).toBe(3);
    await storeAt().forget(acme);
    expect([...own.secrets.values()].map(({ deleted }) => deleted)).toEqual([
      'for now',
      'for now',
      'for now',
    ]);
  });

  it('leaves a week to bring back what was forgotten, and keeps the old value apart from any new one', async () => {
    const acme = newcomer();
    await storeAt().put(acme, 'app', secret);
    await storeAt().forget(acme);
    const [kept] = own.secrets.values();
    expect(kept).toMatchObject({ deleted: 'for now', recoveryDays: 7 });
    expect(kept?.versions.map(({ value }) => value)).toEqual([secret, 'tenantry:forgotten']);
  });

  it('finds nothing in a secret that somebody brought back in the console', async () => {
    const acme = newcomer();
    await storeAt().put(acme, 'app', secret);
    await storeAt().forget(acme);
    for (const each of own.secrets.values()) each.deleted = undefined;
    expect(await storeAt().open(acme, 'app')).toBeUndefined();
    expect(await storeAt().kinds(acme)).toEqual([]);
  });

  it('finishes a forgetting that was cut short before the deletion', async () => {
    const acme = newcomer();
    await storeAt().put(acme, 'app', secret);
    own.refuse('DeleteSecret', 3, 503, 'ServiceUnavailable');
    await expect(storeAt().forget(acme)).rejects.toMatchObject({ passing: true });
    expect(await storeAt().open(acme, 'app')).toBeUndefined();
    await storeAt().forget(acme);
    expect([...own.secrets.values()].map(({ deleted }) => deleted)).toEqual(['for now']);
  });

  it('deletes for good where no recovery is wanted, and has the name again once AWS is done', async () => {
    const acme = newcomer();
    const store = storeAt({ recoveryDays: 0 });
    await store.put(acme, 'app', secret);
    await store.forget(acme);
    expect([...own.secrets.values()].map(({ deleted }) => deleted)).toEqual(['for good']);
    for (const again of [store.keep, store.put])
      await expect(again(acme, 'app', 'newer')).rejects.toMatchObject({
        name: 'SecretStoreError',
        passing: true,
      });
    own.purge();
    expect(await store.keep(acme, 'app', 'newer')).toBe('newer');
  });

  it.each([
    [500, 'InternalServiceError', 'SecretStoreUnavailable', 'tried again'],
    [400, 'ThrottlingException', 'SecretStoreUnavailable', 'tried again'],
    [400, 'AccessDeniedException', 'Unexpected', 'allow that action'],
    [400, 'EncryptionFailure', 'Unexpected', 'KMS key'],
    [400, 'InvalidParameterException', 'Unexpected', 'kmsKeyId'],
    [400, 'SomethingNew', 'Unexpected', 'list of common errors'],
  ])('%i %s ends an attempt as %s, and says what to do', async (status, type, failure, advice) => {
    own.refuse('PutSecretValue', 3, status, type, `Value '${secret}' is not allowed`);
    const error: unknown = await storeAt()
      .put(newcomer(), 'app', secret)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SecretStoreError);
    const ending = failureOf(error);
    expect(ending).toMatchObject({ type: failure, nonRetryable: false });
    expect(String(ending)).toMatch(new RegExp(`PutSecretValue of "tenantry/rag/.*${type}.*${advice}`));
    expect(JSON.stringify([ending, error, (error as Error).cause])).not.toContain('hunter2');
    expect(String((error as Error).stack)).not.toContain('hunter2');
  });

  it('says so when nobody answers', async () => {
    await own.stop();
    const asked = storeAt().open(newcomer(), 'app');
    await expect(asked).rejects.toMatchObject({ passing: true, message: expect.stringContaining('ECONN') });
  });

  it.each([
    [{ prefix: 'a b' }, 'the prefix "a b" is not'],
    [{ prefix: '' }, 'the prefix "" is not'],
    [{ recoveryDays: 6 }, 'recoveryDays is 6'],
    [{ recoveryDays: 31 }, 'recoveryDays is 31'],
    [{ recoveryDays: 7.5 }, 'recoveryDays is 7.5'],
  ])('refuses %j at once', (options, problem) => {
    expect(() => awsSecretsManager(options)).toThrow(problem);
  });
});

it('a move whose secrets were written and whose rows were not comes to the same end when it is tried again', async () => {
  const own = await startSecretsManager();
  const catalog = openCatalog({ url: test.url, secrets: awsSecretsManager({ client: own.client }) });
  try {
    const acme = newcomer();
    const login = (user: string, host: string) => `postgresql://${user}:pw-${user}@${host}/app`;
    const { projectName } = namesOf(acme);
    await catalog.tenants.beginOnboarding(acme, namesOf(acme));
    await catalog.projects.recordCreated(acme, projectName, 'here', login('owner', 'here'));
    await catalog.secrets.put(acme, 'app', login('app', 'here'));
    await catalog.projects.intend(acme, `${projectName}-next`, 'next');
    await catalog.projects.recordCreated(acme, `${projectName}-next`, 'there', login('owner', 'there'));
    const move = () => catalog.switchProject(acme, { projectId: 'there', keepMs: 60_000 });

    own.refuse('DeleteSecret', 3, 503, 'ServiceUnavailable');
    await expect(move()).rejects.toMatchObject({ passing: true });
    expect(await catalog.tenants.get(acme)).toMatchObject({ projectId: 'here' });
    expect(await move()).toMatchObject({ projectId: 'here' });
    expect(await catalog.tenants.get(acme)).toMatchObject({ projectId: 'there' });
    expect(await catalog.secrets.open(acme, 'owner')).toBe(login('owner', 'there'));
    expect(await catalog.secrets.open(acme, 'app')).toBe(login('app', 'there'));
    expect(await catalog.secrets.open(acme, 'project:here')).toBe(login('owner', 'here'));
    expect((await catalog.secrets.kinds(acme)).map(({ kind }) => kind)).toEqual([
      'owner',
      'app',
      'project:here',
    ]);
  } finally {
    await catalog.close();
    await own.stop();
  }
});
