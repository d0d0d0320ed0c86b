import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { type PayloadCodecOptions, payloadCodec } from './payload-codec.js';

export interface PayloadOptions extends Pick<PayloadCodecOptions, 'namespace'> {
  /** Without any, payloads are neither encrypted nor decrypted. */
  readonly sealKeys: ReadonlyMap<string, Buffer> | undefined;
  readonly fleet: {
    readonly name: string;
    readonly encryptPayloads: boolean;
    readonly visibleTenant?: 'id' | 'digest';
  };
  /** Your own: codecs come before the fleet's encryption, and so see payloads in the clear. @default Temporal's converter, and no codec */
  readonly own?: OwnDataConverter | undefined;
}

export type OwnDataConverter = Pick<DataConverter, 'payloadCodecs' | 'payloadConverterPath'>;

/**
 * The data converter of a client of Temporal's that works for a fleet. Whether or not the fleet encrypts, it reads what
 * is encrypted, so that the switch can be turned while runs are under way. Throws where there is no key to encrypt with.
 */
export function clientDataConverter({ sealKeys, namespace, fleet, own = {} }: PayloadOptions): DataConverter {
  if (fleet.visibleTenant === 'digest' && !fleet.encryptPayloads && !own.payloadCodecs?.length) {
    throw new Error(
      `fleet "${fleet.name}" shows digests in the place of its tenants' ids, and their payloads would show the ids: set encryptPayloads, or give a dataConverter with a codec of yours`,
    );
  }
  if (sealKeys !== undefined) {
    const encryption = payloadCodec({ sealKeys, namespace, encrypts: fleet.encryptPayloads });
    return { ...own, payloadCodecs: [...(own.payloadCodecs ?? []), encryption] };
  }
  if (!fleet.encryptPayloads) return own;
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

const failureConverterPath = fileURLToPath(new URL('./encoding-failure-converter.cjs', import.meta.url));
