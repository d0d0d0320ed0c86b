import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EnvironmentError, readEnvironment, setVariables } from '../../tenancy/environment.js';

const schema = z.object({
  API_KEY: z.string(),
  API_HOST: z.url({ error: 'is not an address' }).default('https://example.com'),
  PORT: z.coerce.number().int().max(65_535).optional(),
  LEVEL: z.enum(['debug', 'info']).default('info'),
});

/** Throws when the environment can be read after all. */
function errorOf(environment: Record<string, string | undefined>): EnvironmentError {
  try {
    readEnvironment(schema, environment);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('no problem was found');
}

describe('the environment', () => {
  it('is read for what the schema names and nothing else', () => {
    expect(readEnvironment(schema, { API_KEY: 'key', PORT: '8080', HOME: '/home/me' })).toEqual({
      API_KEY: 'key',
      API_HOST: 'https://example.com',
      PORT: 8080,
      LEVEL: 'info',
    });
  });

  it('does not change once it is read', () => {
    expect(Object.isFrozen(readEnvironment(schema, { API_KEY: 'key' }))).toBe(true);
  });

  it('counts an empty variable as one that is not set', () => {
    expect(setVariables({ A: '', B: undefined, C: '0' })).toEqual({ C: '0' });
    expect(readEnvironment(schema, { API_KEY: 'key', API_HOST: '' }).API_HOST).toBe('https://example.com');
    expect(errorOf({ API_KEY: '' }).problems).toEqual(['API_KEY is not set']);
  });

  it('is told all its problems at once, each with the name of its variable', () => {
    const { problems, message } = errorOf({ API_HOST: 'nowhere', PORT: '70000', LEVEL: 'loud' });
    expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual([
      'API_KEY',
      'API_HOST',
      'PORT',
      'LEVEL',
    ]);
    expect(problems.slice(0, 2)).toEqual(['API_KEY is not set', 'API_HOST is not an address']);
    expect(message.split('\n')).toEqual([
      'the configuration has problems:',
      ...problems.map((problem) => `  ${problem}`),
    ]);
  });

  it('never has a value of it repeated in an error', () => {
    const secret = 'napi_hunter2';
    const error = errorOf({ API_HOST: secret, PORT: secret, LEVEL: secret });
    expect(error.problems).toHaveLength(4);
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });
});
