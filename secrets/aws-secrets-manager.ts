import { createHash } from 'node:crypto';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { secretKindOf, secretName, secretsFolder } from '../tenancy/naming.js';
import {
  type SecretKind,
  type SecretStore,
  SecretStoreError,
  type SecretTenant,
  singleSecretKinds,
} from '../tenancy/secret-store.js';
import { awsSecrets } from './aws-secrets.js';

export interface AwsSecretsManagerOptions {
  /**
   * What the names of all secrets begin with. Installations that share an account, a region and a fleet's name need one
   * each. Letters, digits and any of `/_+=.@-`. @default tenantry
   */
  readonly prefix?: string;
  /** The id, ARN or alias of the KMS key that new secrets are encrypted with. @default AWS' own, `aws/secretsmanager` */
  readonly kmsKeyId?: string;
  /**
   * For how many days somebody can bring back what was forgotten, in the console of AWS: 7 to 30, or 0 for a deletion at
   * once and for good. @default 7
   */
  readonly recoveryDays?: number;
  /** The SDK's own settings: region, credentials, endpoint. @default what the SDK finds in the environment */
  readonly client?: SecretsManagerClientConfig;
}

/**
 * The value of a secret that is forgotten, put before it is deleted. A name stays taken while AWS can bring the secret
 * back; whoever needs the name restores it, and must not take the old value for one that is kept.
 */
const forgotten = 'tenantry:forgotten';

/** More than two parties at the same secret at the same moment leave it to a later attempt. */
const rounds = 3;

/**
 * Keeps a fleet's secrets in AWS Secrets Manager, each connection string in a secret of its own, named
 * `<prefix>/<fleet>/<tenant>/<kind>` and tagged with the fleet and the tenant's id. Needs the package
 * `@aws-sdk/client-secrets-manager`. Nothing is asked of AWS before the first secret is. Throws a sentence when an option
 * is no good; later, `SecretStoreError`.
 */
export function awsSecretsManager(options: AwsSecretsManagerOptions = {}): SecretStore {
  const { prefix = 'tenantry', recoveryDays = 7, kmsKeyId, client = {} } = options;
  if (!/^[\w/+=.@-]{1,128}$/.test(prefix))
    throw new Error(`the prefix "${prefix}" is not 1 to 128 letters, digits and characters of /_+=.@-`);
  if (recoveryDays !== 0 && !(Number.isInteger(recoveryDays) && recoveryDays >= 7 && recoveryDays <= 30))
    throw new Error(`recoveryDays is ${recoveryDays}, and not 7 to 30, or 0`);
  const aws = awsSecrets({ client, kmsKeyId, recoveryDays });

  const folderOf = ({ fleet, id }: SecretTenant) => `${prefix}/${secretsFolder(fleet, id)}`;
  const nameOf = (tenant: SecretTenant, kind: SecretKind) => folderOf(tenant) + secretName(kind);
  const create = (tenant: SecretTenant, kind: SecretKind, secret: string) =>
    aws.create(nameOf(tenant, kind), secret, aboutOf(tenant, kind));
  const present = async (tenant: SecretTenant, kind: SecretKind) => {
    const found = await aws.read(nameOf(tenant, kind));
    return typeof found === 'string' || found.secret === forgotten ? undefined : found;
  };
  /** Kinds whose names only AWS knows. */
  const listed = async (tenant: SecretTenant) => {
    const folder = folderOf(tenant);
    const found = await aws.list(folder);
    return found.flatMap(({ name, since }) => {
      const kind = secretKindOf(name.slice(folder.length));
      return kind === undefined || isSingle(kind) ? [] : [{ kind, sealedAt: since }];
    });
  };
  const remove = async (tenant: SecretTenant, kind: SecretKind) => {
    const name = nameOf(tenant, kind);
    if ((await aws.write(name, forgotten)) === 'written') await aws.delete(name);
  };

  return {
    async put(tenant, kind, secret) {
      const name = nameOf(tenant, kind);
      for (let round = 0; round < rounds; round += 1) {
        const answer = await aws.write(name, secret);
        if (answer === 'written') return;
        if (answer === 'deleted') await aws.restore(name);
        else if (await create(tenant, kind, secret)) return;
      }
      throw contended(name);
    },
    async keep(tenant, kind, secret) {
      const name = nameOf(tenant, kind);
      for (let round = 0; round < rounds; round += 1) {
        if (await create(tenant, kind, secret)) return secret;
        const found = await aws.read(name);
        if (found === 'deleted') await aws.restore(name);
        if (typeof found === 'string') continue;
        if (found.secret !== forgotten) return found.secret;
        if ((await aws.write(name, secret, versionAfter(found.id))) === 'written') return secret;
      }
      throw contended(name);
    },
    open: async (tenant, kind) => (await present(tenant, kind))?.secret,
    remove,
    async kinds(tenant) {
      const singles = await Promise.all(
        singleSecretKinds.map(async (kind) => {
          const found = await present(tenant, kind);
          return found === undefined ? [] : [{ kind, sealedAt: found.since }];
        }),
      );
      return [...singles.flat(), ...(await listed(tenant))];
    },
    async forget(tenant) {
      const others = await listed(tenant);
      for (const kind of [...singleSecretKinds, ...others.map(({ kind }) => kind)])
        await remove(tenant, kind);
    },
  };
}

function isSingle(kind: SecretKind): boolean {
  return singleSecretKinds.some((single) => single === kind);
}

/** Of two attempts that follow the same version, AWS makes the version of one. */
function versionAfter(version: string): string {
  return createHash('sha256').update(`kept after ${version}`).digest('hex');
}

function aboutOf({ fleet, id }: SecretTenant, kind: SecretKind) {
  return {
    description: `Tenantry: the ${kind} credential of the tenant ${id} of the fleet ${fleet}`,
    tags: [
      { Key: 'tenantry:fleet', Value: fleet },
      // A tag cannot hold every character that an id can; the description can.
      { Key: 'tenantry:tenant', Value: id.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_') },
    ],
  };
}

function contended(name: string): SecretStoreError {
  return new SecretStoreError(
    `AWS Secrets Manager: "${name}" is being made or deleted by somebody else at this moment; it is tried again`,
    true,
  );
}
