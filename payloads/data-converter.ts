import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { type PayloadCodecOptions, payloadCodec } from './payload-codec.js';

export interface PayloadOptions extends Pick<PayloadCodecOptions, 'namespace'> {
  /** Without any, payloads are neither encrypted nor decrypted. */
  readonly sealKeys: ReadonlyMap<string, Buffer> | undefined;
  readonly fleet: { readonly name: string; readonly encryptPayloads: boolean };
}

/**
 * The data converter of a client of Temporal's that works for a fleet. Whether or not the fleet encrypts, it reads what
 * is encrypted, so that the switch can be turned while runs are under way. Throws where there is no key to encrypt with.
 */
export function clientDataConverter({ sealKeys, namespace, fleet }: PayloadOptions): DataConverter {
  if (sealKeys !== undefined)
    return { payloadCodecs: [payloadCodec({ sealKeys, namespace, encrypts: fleet.encryptPayloads })] };
  if (!fleet.encryptPayloads) return {};
  throw new Error(
    `fleet "${fleet.name}" encrypts its payloads, so it needs TENANTRY_SEAL_KEY, wherever its secrets are kept`,
  );
}

/** The same for a worker, which has failures to encrypt besides. */
export function workerDataConverter(options: PayloadOptions): DataConverter {
  return {
    ...clientDataConverter(options),
    ...(options.fleet.encryptPayloads ? { failureConverterPath } : {}),
  };
}

const failureConverterPath = fileURLToPath(
  new URL('../payloads/encoding-failure-converter.cjs', import.meta.url),
);
