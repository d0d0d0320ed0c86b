import { type Command, InvalidArgumentError } from 'commander';
import { examples } from '../help.js';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly uiOrigin?: string;
}

export function codecServerCommand(program: Command): void {
  program
    .command('codec-server')
    .description("decrypt payloads for Temporal's UI and its command, for a fleet that encrypts them")
    .option('--port <port>', 'where it listens', port, 8081)
    .option(
      '--host <host>',
      'the address that it listens at; beyond loopback only with TENANTRY_CODEC_TOKEN',
      '127.0.0.1',
    )
    .option(
      '--ui-origin <origin>',
      "the origin of Temporal's UI, such as http://localhost:8233; pages of no other are answered",
      origin,
    )
    .addHelpText(
      'after',
      examples(
        'codec-server --ui-origin http://localhost:8233',
        'codec-server --port 9000 --ui-origin https://temporal.example.com',
      ),
    )
    .action(async (options: Options) => (await import('../codec-server.js')).codecServer(options));
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError('It is a number up to 65535.');
}

function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    url.search + url.hash === ''
  )
    return url.origin;
  throw new InvalidArgumentError('It is an origin, such as http://localhost:8233.');
}
