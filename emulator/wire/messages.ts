/*
 * What the gateway says and understands of Postgres's protocol, version 3.
 * https://www.postgresql.org/docs/18/protocol-message-formats.html
 */

/** Codes that stand where a startup packet has its protocol version. */
export const requestCode = { cancel: 80_877_102, tls: 80_877_103, gssEncryption: 80_877_104 } as const;

export const codeOf = (packet: Buffer): number => (packet.length < 8 ? 0 : packet.readInt32BE(4));

/** A parameter of a StartupMessage. */
export function startupParameter(packet: Buffer, wanted: string): string | undefined {
  return startupParameters(packet).find(([name]) => name === wanted)?.[1];
}

export type StartupParameters = readonly (readonly [name: string, value: string])[];

export function startupParameters(packet: Buffer): StartupParameters {
  const texts = packet.toString('utf8', 8).split('\0');
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < texts.length && texts[at] !== ''; at += 2)
    found.push([texts[at] ?? '', texts[at + 1] ?? '']);
  return found;
}

/** A StartupMessage of the same protocol version, with these parameters. */
export function withParameters(packet: Buffer, parameters: StartupParameters): Buffer {
  const body = Buffer.from(`${parameters.map(([name, value]) => `${name}\0${value}\0`).join('')}\0`);
  const head = Buffer.from(packet.subarray(0, 8));
  head.writeInt32BE(head.length + body.length, 0);
  return Buffer.concat([head, body]);
}

/** What an Authentication message asks for, by its number. */
export const authentication = { ok: 0, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

export function authenticationRequest(kind: number, content: Buffer | string): Buffer {
  const number = Buffer.alloc(4);
  number.writeInt32BE(kind);
  return message('R', Buffer.concat([number, Buffer.from(content)]));
}

export function saslMechanisms(...names: readonly string[]): Buffer {
  return authenticationRequest(authentication.sasl, `${names.map((name) => `${name}\0`).join('')}\0`);
}

export interface SaslInitialResponse {
  readonly mechanism: string;
  readonly data: string;
}

export function saslInitialResponse({ mechanism, data }: SaslInitialResponse): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(data));
  return message('p', Buffer.concat([Buffer.from(`${mechanism}\0`), length, Buffer.from(data)]));
}

export function parseSaslInitialResponse(body: Buffer): SaslInitialResponse {
  const end = body.indexOf(0);
  return { mechanism: body.toString('utf8', 0, end), data: body.toString('utf8', end + 5) };
}

export const saslResponse = (data: string): Buffer => message('p', Buffer.from(data));

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
