import { afterAll, beforeAll, inject } from 'vitest';
import { createNeonClient, type NeonClient, type NeonOptions } from '../../neon/neon-client.js';
import type { ProjectRequest } from '../../neon/projects.js';
import { startTestEmulator, type TestEmulator } from '../support/emulator.js';
import { scratchFolder } from '../support/scratch-folder.js';

/** An emulator for the tests of a file, without computes. It is there once the tests run. */
export function emulated(): {
  readonly emulator: TestEmulator;
  client(options?: Partial<NeonOptions>): NeonClient;
} {
  let emulator: TestEmulator | undefined;
  const scratch = scratchFolder('tenantry-neon-');
  const running = () => {
    if (emulator === undefined) throw new Error('the emulator runs only while tests do');
    return emulator;
  };
  beforeAll(async () => {
    emulator = await startTestEmulator(inject('ground'), scratch.path, { compute: false });
  });
  afterAll(async () => {
    await emulator?.stop();
    scratch.remove();
  });
  return {
    get emulator() {
      return running();
    },
    client: (options) => createNeonClient({ apiKey: running().apiKey, host: running().url, ...options }),
  };
}

export function projectRequest(name: string): ProjectRequest {
  return {
    name,
    region_id: 'aws-us-east-1',
    pg_version: 17,
    store_passwords: true,
    history_retention_seconds: 86_400,
    branch: { name: 'main', database_name: 'app', role_name: 'app_owner' },
    default_endpoint_settings: {
      autoscaling_limit_min_cu: 0.25,
      autoscaling_limit_max_cu: 0.25,
      suspend_timeout_seconds: 300,
    },
    settings: { quota: {} },
  };
}
