import type { Client } from '@temporalio/client';
import type { Fleet } from '../tenancy/fleet.js';

/** A client without the codec would silently send in the clear what the fleet wants encrypted. */
export function requireCodec(fleet: Fleet, temporal: Client): void {
  if (!fleet.encryptPayloads || temporal.options.loadedDataConverter.payloadCodecs.length > 0) return;
  throw new Error(
    `fleet "${fleet.name}" encrypts its payloads: give Temporal's Client the dataConverter of clientDataConverter, or use connectTenantry`,
  );
}
