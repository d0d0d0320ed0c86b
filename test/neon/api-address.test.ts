import { describe, expect, it } from 'vitest';
import { createNeonClient } from '../../neon/neon-client.js';
import { EnvironmentError } from '../../tenancy/environment.js';
import { readSetting, readWorkerConfiguration } from '../../worker/configuration.js';
import { apiKey } from './neon-server.js';

describe('an API that would be spoken to in clear', () => {
  it.each([
    'http://console.neon.tech/api/v2',
    'http://127.0.0.1.evil.example/api/v2',
    'http://10.0.0.7/api/v2',
    'http://emulator:4400/api/v2',
    'ftp://127.0.0.1/api/v2',
    'no address',
  ])('is refused: %s', (host) => {
    expect(() => createNeonClient({ apiKey, host })).toThrow("the address of Neon's API");
  });

  it.each([
    ['http://localhost:4400/api/v2', undefined],
    ['http://127.0.0.2:4400/api/v2', undefined],
    ['http://[::1]:4400/api/v2', undefined],
    ['http://emulator:4400/api/v2', 'emulator'],
    ['https://neon.internal/api/v2', undefined],
  ])('is not %s with %s named', (host, insecureHost) => {
    expect(createNeonClient({ apiKey, host, insecureHost }).host).toBe(host);
  });
});

describe('the environment of a worker', () => {
  const environment = {
    NEON_API_KEY: apiKey,
    NEON_API_HOST: 'http://emulator:4400/api/v2',
    TENANTRY_CATALOG_URL: 'postgresql://u:p@localhost/catalog',
    TENANTRY_SEAL_KEY: `a:${Buffer.alloc(32).toString('base64')}`,
    TENANTRY_CONFIG: 'tenantry.config.ts',
  };
  const problemsOf = (changes: Record<string, string>) => {
    try {
      readWorkerConfiguration({ ...environment, ...changes });
      return [];
    } catch (error) {
      if (error instanceof EnvironmentError) return error.problems;
      throw error;
    }
  };

  it('that would send the key in clear is told how to fix that, together with all else that is wrong', () => {
    const clear =
      'NEON_API_HOST would send the key in clear to emulator; use https, or name that host in NEON_API_INSECURE_HOST where an emulator answers';
    expect(problemsOf({})).toEqual([clear]);
    expect(problemsOf({ TENANTRY_HEALTH_PORT: 'x' })).toEqual([
      expect.stringContaining('TENANTRY_HEALTH_PORT'),
      clear,
    ]);
    expect(readSetting(environment, 'NEON_API_HOST')).toBeUndefined();
  });

  it('is good once the host is named, and only that host is', () => {
    const named = { NEON_API_INSECURE_HOST: 'emulator' };
    expect(problemsOf(named)).toEqual([]);
    expect(readSetting({ ...environment, ...named }, 'NEON_API_HOST')?.value).toBe(environment.NEON_API_HOST);
    expect(problemsOf({ ...named, NEON_API_HOST: 'http://other:4400/api/v2' })).toHaveLength(1);
  });

  it('may name domains of databases', () => {
    expect(readWorkerConfiguration({ ...environment, NEON_API_HOST: '' }).NEON_DATABASE_DOMAIN).toEqual([
      'neon.tech',
    ]);
    const named = { ...environment, NEON_API_HOST: '', NEON_DATABASE_DOMAIN: 'neon.tech,db.example.com' };
    expect(readWorkerConfiguration(named).NEON_DATABASE_DOMAIN).toEqual(['neon.tech', 'db.example.com']);
    expect(problemsOf({ NEON_API_HOST: '', NEON_DATABASE_DOMAIN: '*.neon.tech' })).toEqual([
      'NEON_DATABASE_DOMAIN is not a domain, or several with commas between',
    ]);
  });
});
