import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  RestoreSecretCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  type Tag,
} from '@aws-sdk/client-secrets-manager';
import { type AwsAction, type AwsAnswer, answerIn, awsFailure } from './aws-failure.js';

/** A secret's present version. */
export interface AwsVersion {
  readonly id: string;
  readonly secret: string;
  readonly since: Date;
}

export interface AwsSecretsOptions {
  readonly client: SecretsManagerClientConfig;
  readonly kmsKeyId: string | undefined;
  /** None for a deletion that nobody can take back. */
  readonly recoveryDays: number;
}

export interface AwsSecrets {
  /** Whether it was made; not when one of that name exists, be it deleted for now. */
  create(name: string, secret: string, about: { description: string; tags: Tag[] }): Promise<boolean>;
  read(name: string): Promise<AwsVersion | AwsAnswer>;
  /** Makes a version the present one. Of two with the same `version`, the first is made, and the other `taken`. */
  write(name: string, secret: string, version?: string): Promise<'written' | AwsAnswer>;
  restore(name: string): Promise<void>;
  delete(name: string): Promise<void>;
  /** Those that are not deleted. AWS may leave out what was made in the last five minutes. */
  list(prefix: string): Promise<{ readonly name: string; readonly since: Date }[]>;
}

/** Silence is given up within the time that an attempt of a step has: three tries, each of which ends by itself. */
const patience = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
} satisfies SecretsManagerClientConfig;

/** The calls to AWS, with what it answers told apart from what fails. Throw `SecretStoreError`. */
export function awsSecrets({ client: config, kmsKeyId, recoveryDays }: AwsSecretsOptions): AwsSecrets {
  let opened: SecretsManagerClient | undefined;
  const client = () => {
    opened ??= new SecretsManagerClient({ ...patience, ...config });
    return opened;
  };
  return {
    async create(name, secret, { description, tags }) {
      const made = await ask('CreateSecret', name, () =>
        client().send(
          new CreateSecretCommand({
            Name: name,
            SecretString: secret,
            Description: description,
            Tags: tags,
            KmsKeyId: kmsKeyId,
          }),
        ),
      );
      return typeof made !== 'string';
    },
    async read(name) {
      const found = await ask('GetSecretValue', name, () =>
        client().send(new GetSecretValueCommand({ SecretId: name })),
      );
      if (typeof found === 'string') return found;
      return {
        id: found.VersionId ?? '',
        secret: found.SecretString ?? '',
        since: found.CreatedDate ?? new Date(0),
      };
    },
    async write(name, secret, version) {
      const written = await ask('PutSecretValue', name, () =>
        client().send(
          new PutSecretValueCommand({ SecretId: name, SecretString: secret, ClientRequestToken: version }),
        ),
      );
      return typeof written === 'string' ? written : 'written';
    },
    async restore(name) {
      await ask('RestoreSecret', name, () => client().send(new RestoreSecretCommand({ SecretId: name })));
    },
    async delete(name) {
      const how =
        recoveryDays === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: recoveryDays };
      await ask('DeleteSecret', name, () =>
        client().send(new DeleteSecretCommand({ SecretId: name, ...how })),
      );
    },
    async list(prefix) {
      const filters = { Filters: [{ Key: 'name' as const, Values: [prefix] }] };
      const found = await ask('ListSecrets', prefix, async () => {
        const entries = [];
        for await (const { SecretList = [] } of paginateListSecrets({ client: client() }, filters))
          entries.push(...SecretList);
        return entries;
      });
      if (typeof found === 'string') return [];
      return found.flatMap(({ Name: name, LastChangedDate, CreatedDate }) =>
        name?.startsWith(prefix) ? [{ name, since: LastChangedDate ?? CreatedDate ?? new Date(0) }] : [],
      );
    },
  };
}

async function ask<T extends object>(
  action: AwsAction,
  name: string,
  call: () => Promise<T>,
): Promise<T | AwsAnswer> {
  try {
    return await call();
  } catch (error) {
    const answer = answerIn(error);
    if (answer !== undefined) return answer;
    throw awsFailure(error, action, name);
  }
}
