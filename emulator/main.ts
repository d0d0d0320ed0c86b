/*
 * The emulator as a process: `node --import tsx emulator/main.ts --data-dir … --postgres-bin …`. Every flag can stand in
 * the environment instead, as NEON_EMULATOR_DATA_DIR and so on. One line of JSON on stdout says that it is ready.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startNeonEmulator } from './index.js';

const flag = { type: 'string' } as const;

const { values } = parseArgs({
  options: {
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
  },
});

const numbers = z
  .string()
  .transform((text) => z.record(z.string(), z.number().min(0)).parse(JSON.parse(text)));

const settings = z
  .object({
    'data-dir': z.string(),
    'postgres-bin': z.string().optional(),
    'run-as': z
      .string()
      .regex(/^\d+:\d+$/)
      .transform((text) => {
        const [uid = 0, gid = 0] = text.split(':').map(Number);
        return { uid, gid };
      })
      .optional(),
    host: z.string().optional(),
    port: z.coerce.number().int().min(0).max(65_535).optional(),
    profile: z.enum(['fast', 'realistic']).optional(),
    timings: numbers.optional(),
    limits: numbers.optional(),
    plan: z.string().min(1).optional(),
    sslmode: z.enum(['disable', 'require']).optional(),
    domain: z.string().min(1).optional(),
    'api-key': z.string().min(1).optional(),
  })
  .parse({ ...fromEnvironment(), ...values });

const emulator = await startNeonEmulator({
  dataDir: settings['data-dir'],
  ...(settings['postgres-bin'] && {
    postgres: {
      binDir: settings['postgres-bin'],
      ...(settings['run-as'] && { runAs: settings['run-as'] }),
    },
  }),
  ...(settings.host && { host: settings.host }),
  ...(settings.port && { port: settings.port }),
  ...(settings.profile && { profile: settings.profile }),
  ...(settings.timings && { timings: settings.timings }),
  ...(settings.limits && { limits: settings.limits }),
  ...(settings.plan && { plan: settings.plan }),
  ...(settings.sslmode && { sslmode: settings.sslmode }),
  ...(settings.domain && { domain: settings.domain }),
  ...(settings['api-key'] && { apiKey: settings['api-key'] }),
  compute: values['no-compute'] !== true,
});

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  void emulator.stop().then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (values.leashed === true) process.stdin.on('end', stop).resume();

const { url, controlUrl, apiKey, orgId, caFile } = emulator;
process.stdout.write(`${JSON.stringify({ url, controlUrl, apiKey, orgId, caFile })}\n`);

function fromEnvironment(): Record<string, string> {
  const prefix = 'NEON_EMULATOR_';
  return Object.fromEntries(
    Object.entries(process.env)
      .filter(([name, value]) => name.startsWith(prefix) && value !== undefined && value !== '')
      .map(([name, value]) => [name.slice(prefix.length).toLowerCase().replaceAll('_', '-'), value ?? '']),
  );
}
