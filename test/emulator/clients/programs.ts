import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { scratchFolder } from '../../support/scratch-folder.js';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd = '/',
  timeout = 60_000,
): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(command, [...args], { env, cwd, timeout }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Neon's own command, with a home of its own and nothing to tell anybody. */
export function neonCommand(apiHost: string, apiKey: string) {
  const home = scratchFolder('neon-emulator-');
  const env = {
    PATH: process.env.PATH,
    HOME: home.path,
    XDG_CONFIG_HOME: join(home.path, 'config'),
    NEON_API_KEY: apiKey,
    NEON_API_HOST: apiHost,
    NO_COLOR: '1',
  };
  const program = resolve('node_modules/neon/dist/cli.js');
  const always = ['--no-analytics', '--config-dir', join(home.path, 'neon')];
  const neon = async (...args: readonly string[]): Promise<Ended> => {
    const [own, passedOn] = splitAt(args, '--');
    return run(process.execPath, [program, ...own, ...always, ...passedOn], env, home.path);
  };
  return {
    neon,
    /** The same, for what must succeed and say JSON. */
    // biome-ignore lint/suspicious/noExplicitAny: the command's own output, which tests read freely
    async json(...args: readonly string[]): Promise<any> {
      const { code, stdout, stderr } = await neon(...args, '--output', 'json');
      if (code !== 0) throw new Error(`neon ${args.join(' ')}: ${stderr || stdout}`);
      return JSON.parse(stdout);
    },
    remove: () => home.remove(),
  };
}

function splitAt(list: readonly string[], mark: string): readonly [readonly string[], readonly string[]] {
  const at = list.indexOf(mark);
  return at === -1 ? [list, []] : [list.slice(0, at), list.slice(at)];
}

/** A psql that speaks TLS, which one that comes with an embedded Postgres may not. */
export async function psqlWithTls(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const psql = join(folder, 'psql');
    if (!existsSync(psql)) continue;
    const nowhere = await run(psql, ['host=127.0.0.1 port=1 sslmode=require dbname=x']);
    if (!nowhere.stderr.includes('not compiled in')) return psql;
  }
  return undefined;
}
