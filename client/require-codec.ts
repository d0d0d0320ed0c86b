import type { Client } from '@temporalio/client';
import type { Fleet } from '../tenancy/fleet.js';

/** Without the codec, a client would silently send in clear text what the fleet wants encrypted. */
export function requireCodec(fleet: Fleet, temporal: Client): void {
  if (!fleet.encryptPayloads || temporal.options.loadedDataConverter.payloadCodecs.length > 0) return;
  throw new Error(
    `fleet "${fleet.name}" encrypts its payloads: give Temporal's Client the dataConverter of clientDataConverter, or use connectTenantry`,
  );
}
