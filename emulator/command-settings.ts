import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { NeonEmulatorOptions } from './options.js';

const flag = { type: 'string' } as const;

const flags = {
  'data-dir': flag,
  'postgres-bin': flag,
  /** `uid:gid` to drop to. */
  'run-as': flag,
  host: flag,
  port: flag,
  profile: flag,
  /** JSON with single durations in milliseconds. */
  timings: flag,
  /** JSON with single limits, as `{"projects":100}`. */
  limits: flag,
  plan: flag,
  sslmode: flag,
  domain: flag,
  'api-key': flag,
  'no-compute': { type: 'boolean' },
  /** End when stdin closes, for a parent that may be killed. */
  leashed: { type: 'boolean' },
} as const;

const isJson = (text: string) => {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
};

const numbers = z
  .string()
  .refine(isJson, { error: 'is not JSON', abort: true })
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.number().min(0)));

const settings = z.object({
  'data-dir': z.string({ error: 'names the folder that everything is kept in, and is missing' }),
  'postgres-bin': z.string().optional(),
  'run-as': z
    .string()
    .regex(/^\d+:\d+$/, 'is uid:gid')
    .transform((text) => {
      const [uid = 0, gid = 0] = text.split(':').map(Number);
      return { uid, gid };
    })
    .optional(),
  host: z.string().optional(),
  port: z.coerce.number('is a number').int().min(0).max(65_535).optional(),
  profile: z.enum(['fast', 'realistic'], 'is fast or realistic').optional(),
  timings: numbers.optional(),
  limits: numbers.optional(),
  plan: z.string().min(1).optional(),
  sslmode: z.enum(['disable', 'require'], 'is disable or require').optional(),
  domain: z.string().min(1).optional(),
  'api-key': z.string().min(1).optional(),
});

export interface CommandSettings {
  readonly options: NeonEmulatorOptions;
  readonly leashed: boolean;
}

/** Reads the command's flags, and for those that are not there its environment. Throws what `commandProblem` words. */
export function commandSettings(args: readonly string[], environment: NodeJS.ProcessEnv): CommandSettings {
  const { values } = parseArgs({ args: [...args], options: flags });
  const read = settings.parse({ ...fromEnvironment(environment), ...values });
  const binDir = read['postgres-bin'];
  const runAs = read['run-as'];
  return {
    leashed: values.leashed === true,
    options: {
      dataDir: read['data-dir'],
      ...(binDir && { postgres: { binDir, ...(runAs && { runAs }) } }),
      ...(read.host && { host: read.host }),
      ...(read.port && { port: read.port }),
      ...(read.profile && { profile: read.profile }),
      ...(read.timings && { timings: read.timings }),
      ...(read.limits && { limits: read.limits }),
      ...(read.plan && { plan: read.plan }),
      ...(read.sslmode && { sslmode: read.sslmode }),
      ...(read.domain && { domain: read.domain }),
      ...(read['api-key'] && { apiKey: read['api-key'] }),
      compute: values['no-compute'] !== true,
    },
  };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const prefix = 'NEON_EMULATOR_';
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name, value]) => name.startsWith(prefix) && value !== undefined && value !== '')
      .map(([name, value]) => [name.slice(prefix.length).toLowerCase().replaceAll('_', '-'), value ?? '']),
  );
}
