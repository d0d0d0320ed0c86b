import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/**
 * AWS Secrets Manager, as far as six calls of its JSON 1.1 protocol go, written from
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/. It keeps state and refuses what AWS refuses.
 */
export interface TestSecretsManager {
  /** The SDK's settings for it. */
  readonly client: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** Every secret, those deleted for now too. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** The bodies of all requests, as they came. */
  readonly calls: readonly { readonly action: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** The next so many calls of that kind are refused, and not done. */
  refuse(action: Action, times: number, status: number, type: string, message?: string): void;
  /** The next call of that kind is done, and its connection breaks before the answer. */
  loseAnswer(action: Action): void;
  /** Lists leave out secrets made from now on. */
  listLate(): void;
  /** The background work of AWS: what was deleted without a way back is gone now. */
  purge(): void;
  stop(): Promise<void>;
}

export interface Secret {
  readonly name: string;
  readonly description: string | undefined;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly kmsKeyId: string | undefined;
  /** The oldest first; the last is AWSCURRENT. */
  readonly versions: { readonly id: string; readonly value: string; readonly createdAt: number }[];
  readonly createdAt: number;
  deleted: 'for now' | 'for good' | undefined;
  recoveryDays: number | undefined;
  listed: boolean;
}

const secretId = z.string().min(1).max(2048);
const token = z.string().min(32).max(64);
const value = z.string().min(1).max(65_536);
const tag = z.strictObject({
  Key: z
    .string()
    .min(1)
    .max(128)
    .regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u),
  Value: z
    .string()
    .max(256)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u),
});

const requests = {
  CreateSecret: z.strictObject({
    Name: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[\w/+=.@-]+$/),
    ClientRequestToken: token,
    SecretString: value,
    Description: z.string().max(2048).optional(),
    KmsKeyId: z.string().max(2048).optional(),
    Tags: z.array(tag).max(50).default([]),
  }),
  GetSecretValue: z.strictObject({ SecretId: secretId }),
  PutSecretValue: z.strictObject({ SecretId: secretId, ClientRequestToken: token, SecretString: value }),
  RestoreSecret: z.strictObject({ SecretId: secretId }),
  DeleteSecret: z
    .strictObject({
      SecretId: secretId,
      RecoveryWindowInDays: z.number().int().min(7).max(30).optional(),
      ForceDeleteWithoutRecovery: z.boolean().optional(),
    })
    .refine((body) => !(body.RecoveryWindowInDays && body.ForceDeleteWithoutRecovery)),
  ListSecrets: z.strictObject({
    Filters: z
      .array(z.strictObject({ Key: z.literal('name'), Values: z.array(z.string()).length(1) }))
      .max(10),
    MaxResults: z.number().int().min(1).max(100).optional(),
    NextToken: z.string().min(1).optional(),
  }),
};

type Action = keyof typeof requests;
type Body<A extends Action> = z.output<(typeof requests)[A]>;

class Refusal extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

const marked = () =>
  new Refusal(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );

export async function startSecretsManager(pageSize = 2): Promise<TestSecretsManager> {
  const secrets = new Map<string, Secret>();
  const calls: { action: string; body: Record<string, unknown> }[] = [];
  const refusals: { action: string; refusal: Refusal; times: number }[] = [];
  const lost = new Set<string>();
  let late = false;

  const known = (name: string): Secret => {
    const found = secrets.get(name);
    if (found === undefined)
      throw new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return found;
  };
  const live = (name: string): Secret => {
    const found = known(name);
    if (found.deleted !== undefined) throw marked();
    return found;
  };
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-a1b2c3`;
  const now = () => Date.now() / 1000;
  /** Done already, for a call that was sent twice; refused, where the version holds another value. */
  const isDone = (secret: Secret, id: string, wanted: string): boolean => {
    const version = secret.versions.find((each) => each.id === id);
    if (version === undefined || version.value === wanted) return version !== undefined;
    throw new Refusal(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${arn(secret.name)}.`,
    );
  };

  const actions: { [A in Action]: (body: Body<A>) => object } = {
    CreateSecret({ Name: name, ClientRequestToken: id, SecretString, Description, KmsKeyId, Tags }) {
      const present = secrets.get(name);
      if (present?.deleted !== undefined)
        throw new Refusal(
          'InvalidRequestException',
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
      if (present !== undefined && !isDone(present, id, SecretString))
        throw new Refusal(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      if (present === undefined)
        secrets.set(name, {
          name,
          description: Description,
          tags: Tags,
          kmsKeyId: KmsKeyId,
          versions: [{ id, value: SecretString, createdAt: now() }],
          createdAt: now(),
          deleted: undefined,
          recoveryDays: undefined,
          listed: !late,
        });
      return { ARN: arn(name), Name: name, VersionId: id };
    },
    GetSecretValue({ SecretId }) {
      const { name, versions } = live(SecretId);
      const current = versions.at(-1);
      return {
        ARN: arn(name),
        Name: name,
        VersionId: current?.id,
        SecretString: current?.value,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: current?.createdAt,
      };
    },
    PutSecretValue({ SecretId, ClientRequestToken: id, SecretString }) {
      const secret = live(SecretId);
      if (!isDone(secret, id, SecretString))
        secret.versions.push({ id, value: SecretString, createdAt: now() });
      return { ARN: arn(secret.name), Name: secret.name, VersionId: id, VersionStages: ['AWSCURRENT'] };
    },
    RestoreSecret({ SecretId }) {
      const secret = known(SecretId);
      if (secret.deleted === 'for good') throw marked();
      secret.deleted = undefined;
      return { ARN: arn(secret.name), Name: secret.name };
    },
    DeleteSecret({ SecretId, RecoveryWindowInDays = 30, ForceDeleteWithoutRecovery = false }) {
      const secret = live(SecretId);
      secret.deleted = ForceDeleteWithoutRecovery ? 'for good' : 'for now';
      secret.recoveryDays = ForceDeleteWithoutRecovery ? undefined : RecoveryWindowInDays;
      return { ARN: arn(secret.name), Name: secret.name, DeletionDate: now() };
    },
    ListSecrets({ Filters, NextToken }) {
      const [prefix = ''] = Filters.flatMap(({ Values }) => Values);
      const found = [...secrets.values()]
        .filter(({ name, listed, deleted }) => listed && deleted === undefined && name.startsWith(prefix))
        .sort((a, b) => a.createdAt - b.createdAt);
      const from = NextToken === undefined ? 0 : Number(NextToken);
      const to = from + pageSize;
      return {
        SecretList: found.slice(from, to).map(({ name, createdAt, versions }) => ({
          ARN: arn(name),
          Name: name,
          CreatedDate: createdAt,
          LastChangedDate: versions.at(-1)?.createdAt,
        })),
        ...(to < found.length ? { NextToken: String(to) } : {}),
      };
    },
  };

  const answer = async (request: IncomingMessage): Promise<{ action: Action; reply: object }> => {
    const action = String(request.headers['x-amz-target']).replace(/^secretsmanager\./, '');
    const body: unknown = JSON.parse(await text(request));
    if (!isAction(action)) throw new Refusal('UnknownOperationException', `no operation ${action}`);
    if (request.headers['content-type'] !== 'application/x-amz-json-1.1')
      throw new Refusal('SerializationException', 'not JSON 1.1');
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential='))
      throw new Refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
    calls.push({ action, body: z.record(z.string(), z.unknown()).parse(body) });
    const refused = refusals.find((each) => each.action === action && each.times > 0);
    if (refused !== undefined) {
      refused.times -= 1;
      throw refused.refusal;
    }
    const parsed = requests[action].safeParse(body);
    // AWS repeats what it does not like.
    if (!parsed.success)
      throw new Refusal('InvalidParameterException', `${parsed.error.message} in ${JSON.stringify(body)}`);
    return { action, reply: (actions[action] as (body: unknown) => object)(parsed.data) };
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void answer(request).then(
      ({ action, reply }) => {
        if (lost.delete(action)) request.socket.destroy();
        else send(response, 200, reply);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        send(response, error.status, { __type: error.type, message: error.message });
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    client: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    },
    secrets,
    calls,
    refuse(action, times, status, type, message = 'refused by the test') {
      refusals.push({ action, times, refusal: new Refusal(type, message, status) });
    },
    loseAnswer(action) {
      lost.add(action);
    },
    listLate() {
      late = true;
    },
    purge() {
      for (const [name, { deleted }] of secrets) if (deleted === 'for good') secrets.delete(name);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isAction(name: string): name is Action {
  return Object.hasOwn(requests, name);
}

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
    .end(JSON.stringify(body));
}
