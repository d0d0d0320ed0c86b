import { EnvironmentError } from 'tenantry';
import { z } from 'zod';

/** Behind a proxy, `request.ip` is the proxy's unless it is known how many of them there are. */
const hops = z.coerce
  .number({ error: 'is the number of proxies in front, such as 1' })
  .int('is the number of proxies in front, such as 1')
  .min(0, 'is the number of proxies in front, such as 1');

const environmentSchema = z.object({
  PORT: z.coerce
    .number({ error: 'is a port' })
    .int('is a port')
    .min(0, 'is a port')
    .max(65_535, 'is a port')
    .default(3000),
  HOST: z.string().default('127.0.0.1'),
  RAG_DATABASE_URL: z.string({ error: 'is not set: accounts and sessions are kept there' }),
  RAG_SESSION_SECRET: z
    .string({ error: 'is not set: cookies are signed with it. `openssl rand -base64 32` makes one' })
    .min(32, 'is shorter than 32 characters. `openssl rand -base64 32` makes one'),
  /** Where people reach the application, such as `https://ask.example.com`. Cookies are Secure if it is https. */
  RAG_ORIGIN: z
    .url({ protocol: /^https?$/, error: 'is an address such as https://ask.example.com' })
    .transform((url) => new URL(url).origin)
    .optional(),
  RAG_TRUST_PROXY: hops.default(0),
  /** Without it there is no operator's page. */
  RAG_OPERATOR_PASSWORD: z.string().min(12, 'is shorter than 12 characters').optional(),
  /** With these two, use is shown as Neon meters it. A key that may read is enough. */
  NEON_API_KEY: z.string().optional(),
  NEON_API_HOST: z.string().optional(),
});

export type ServerEnvironment = Readonly<z.output<typeof environmentSchema>>;

/** An empty variable counts as one that is not set. Throws `EnvironmentError`, which lists every problem at once. */
export function readServerEnvironment(environment: NodeJS.ProcessEnv): ServerEnvironment {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const parsed = environmentSchema.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new EnvironmentError(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
}
