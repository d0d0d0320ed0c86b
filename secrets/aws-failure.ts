import { SecretStoreError } from '../tenancy/secret-store.js';

/** The six calls that are made, as AWS' policies name them. */
export type AwsAction =
  | 'CreateSecret'
  | 'DeleteSecret'
  | 'GetSecretValue'
  | 'ListSecrets'
  | 'PutSecretValue'
  | 'RestoreSecret';

/** What AWS says of a secret where that is an answer: it does not exist, it exists already, it is deleted for now. */
export type AwsAnswer = 'none' | 'taken' | 'deleted';

/** `undefined` for what is no answer but a failure. */
export function answerIn(error: unknown): AwsAnswer | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'ResourceNotFoundException') return 'none';
  if (error.name === 'ResourceExistsException') return 'taken';
  // The name stands for more than this; only the sentence tells.
  return error.name === 'InvalidRequestException' && /delet/i.test(error.message) ? 'deleted' : undefined;
}

/** What to do about a refusal, by the name that the SDK gives it. */
const cures: Readonly<Record<string, string>> = {
  AccessDeniedException: 'allow that action on secrets of this name to the identity that runs this',
  CredentialsProviderError: 'give this process credentials of AWS, in its environment or by its role',
  DecryptionFailure: 'allow this identity to use the KMS key of the secret, and see that the key is enabled',
  EncryptionFailure: 'allow this identity to use the KMS key of the secret, and see that the key is enabled',
  ExpiredTokenException: 'give this process new credentials of AWS',
  InvalidParameterException: "look at prefix, kmsKeyId and recoveryDays in the fleet's file",
  InvalidRequestException: 'see in the console whether another service of AWS manages this secret',
  LimitExceededException: "raise the account's quota of secrets",
  UnrecognizedClientException: 'give this process credentials that AWS knows',
};

/** Refusals that pass by themselves. The SDK has tried a few times already. */
const passing = /^(InternalService|ServiceUnavailable|Throttl|TooManyRequests|RequestTimeout|TimeoutError)/;

/**
 * A failure in our words. AWS' own sentence is left out: a parameter that it does not like, it repeats, and the secret is
 * one.
 */
export function awsFailure(error: unknown, action: AwsAction, name: string): SecretStoreError {
  const { kind, status, requestId } = whatIsKnown(error);
  const request = requestId === undefined ? '' : `, request ${requestId}`;
  const said = `AWS Secrets Manager, ${action} of "${name}": ${kind}${request}`;
  const cure = cures[kind];
  if (cure !== undefined) return new SecretStoreError(`${said}; ${cure}`, false);
  // Without a status nobody answered.
  if (status === undefined || status >= 500 || status === 429 || passing.test(kind))
    return new SecretStoreError(`${said}; it is tried again`, true);
  return new SecretStoreError(`${said}; look for that name in AWS' list of common errors`, false);
}

interface Known {
  readonly kind: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

function whatIsKnown(error: unknown): Known {
  if (!(error instanceof Error)) return { kind: 'no reason given', status: undefined, requestId: undefined };
  const metadata = '$metadata' in error && typeof error.$metadata === 'object' ? error.$metadata : undefined;
  const { httpStatusCode, requestId } = (metadata ?? {}) as { httpStatusCode?: number; requestId?: string };
  // Of a broken connection, the code says more than the name.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const kind = error.name === 'Error' && code !== undefined ? code : error.name;
  return { kind, status: httpStatusCode, requestId };
}
