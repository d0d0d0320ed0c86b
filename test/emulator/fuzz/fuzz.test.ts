import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { notEmulatedRoutes } from '../../../emulator/api/not-emulated.js';
import { checkReply } from '../conformance.js';
import { operationOf } from '../description.js';
import { type TestEmulator, testEmulator } from '../with-emulator.js';
import { type Asked, request } from './requests.js';
import { type Heard, send } from './send.js';

/*
 * Short as it is run with all tests; `NEON_EMULATOR_FUZZ_SECONDS=600` makes it long. A failure prints its seed and its
 * path, which `NEON_EMULATOR_FUZZ_SEED` and `NEON_EMULATOR_FUZZ_PATH` take.
 */
const seconds = Number(process.env.NEON_EMULATOR_FUZZ_SECONDS ?? 10);
const again = {
  ...(process.env.NEON_EMULATOR_FUZZ_SEED && { seed: Number(process.env.NEON_EMULATOR_FUZZ_SEED) }),
  ...(process.env.NEON_EMULATOR_FUZZ_PATH && { path: process.env.NEON_EMULATOR_FUZZ_PATH }),
};

const envelope = z.strictObject({ request_id: z.string(), code: z.string(), message: z.string().min(1) });

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ compute: false });
});
afterAll(() => neon.stop());

describe('whatever is asked of the emulator', () => {
  it(
    'is answered, in the envelope when it is refused, and with a 5xx only where nothing is emulated',
    async () => {
      let ids: Ids | undefined;
      const asked = { count: 0, accepted: 0 };
      await fc.assert(
        fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 4 }), async (requests) => {
          ids ??= await livingIds();
          const living = ids;
          const answers = requests.map(async (one) => {
            const real = withIds(one, living);
            const heard = await send(neon.url, real);
            judge(real, heard);
            asked.count += 1;
            if (heard.status < 400) asked.accepted += 1;
          });
          await Promise.all(answers);
          if (requests.some(({ method }) => method === 'DELETE')) ids = undefined;
        }),
        { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000, ...again },
      );
      console.log(`${asked.count} requests in ${seconds} s, ${asked.accepted} of them accepted`);
      expect((await neon.api('GET', '/projects')).status).toBe(200);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
    (seconds + 60) * 1000,
  );
});

type Ids = Readonly<Record<string, string>>;

/** One of each thing that is there now. Requests delete them, so there is always to be a project left. */
async function livingIds(): Promise<Ids> {
  const { body: list } = await neon.api('GET', '/projects?limit=1');
  const found = list.projects[0] ?? (await neon.api('POST', '/projects', { project: {} })).body.project;
  const path = `/projects/${found.id}`;
  const first = async (what: string) =>
    ((await neon.api('GET', `${path}/${what}`)).body[what.replace(/.*\//, '')] ?? [])[0];
  const [branch, endpoint, operation] = await Promise.all(['branches', 'endpoints', 'operations'].map(first));
  const [role, database] =
    branch === undefined
      ? []
      : await Promise.all(['roles', 'databases'].map((what) => first(`branches/${branch.id}/${what}`)));
  return {
    project_id: found.id,
    branch_id: branch?.id ?? 'br-none-none-12345678',
    endpoint_id: endpoint?.id ?? 'ep-none-none-12345678',
    operation_id: operation?.id ?? '00000000-0000-4000-8000-000000000000',
    role_name: role?.name ?? 'nobody',
    database_name: database?.name ?? 'nothing',
    org_id: neon.orgId,
    any: branch?.id ?? found.id,
    key: neon.apiKey,
  };
}

function withIds(asked: Asked, ids: Ids): Asked {
  const fill = (text: string, written: (id: string) => string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => written(ids[name] ?? 'unheard-of'));
  return {
    ...asked,
    target: fill(asked.target, encodeURIComponent),
    body: asked.body?.replaceAll('"{any}"', JSON.stringify(ids.any)),
    headers: Object.fromEntries(
      Object.entries(asked.headers).map(([name, value]) => [name, fill(value, (key) => key)]),
    ),
  };
}

function judge(asked: Asked, { status, requestId, text }: Heard): void {
  // Routers end a path at these, too.
  const path = asked.target.split(/[?#;]/, 1)[0] ?? '';
  const told = `${asked.method} ${asked.target.slice(0, 300)} ${asked.body?.slice(0, 300)} → ${status} ${text.slice(0, 300)}`;
  if (asked.method === 'HEAD') {
    if (status >= 500 && !isNotEmulated(asked.method, path)) throw new Error(told);
    return;
  }
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  if (status >= 400) {
    const refused = envelope.safeParse(body);
    if (!refused.success || refused.data.request_id !== requestId) throw new Error(`no envelope: ${told}`);
    const known = isNotEmulated(asked.method, path) || refused.data.message.endsWith('is not emulated');
    if (status >= 500 && !(status === 501 && known)) throw new Error(told);
  } else {
    const operation = operationOf(asked.method, path);
    if (operation === undefined) throw new Error(`nothing of Neon’s was answered with success: ${told}`);
    checkReply(operation, status, body);
  }
}

function isNotEmulated(method: string, path: string): boolean {
  return notEmulatedRoutes.some((route) => route.method === method && route.pattern.test(path));
}
