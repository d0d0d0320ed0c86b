import { type StartupParameters, startupParameters, withParameters } from './messages.js';

/*
 * What Neon's proxy passes on of how a client introduces itself: neondatabase/neon @010cd346, proxy/src/compute/mod.rs
 * (`set_startup_params`, `filtered_options`). All else it drops without a word, `statement_timeout`, `search_path` and `TimeZone`
 * among it, and `channel_binding`, which some clients send by mistake.
 */
const passedOn = new Set(['user', 'database', 'application_name', 'replication']);

/** The StartupMessage that Postgres gets for one that came. */
export function passedOnStartup(packet: Buffer): Buffer {
  const parameters: StartupParameters = startupParameters(packet).flatMap(([name, value]) => {
    if (passedOn.has(name)) return [[name, value] as const];
    const options = name === 'options' ? withoutProxyOptions(value) : '';
    return options === '' ? [] : [[name, options] as const];
  });
  return withParameters(packet, [['client_encoding', 'UTF8'], ...parameters]);
}

/** What the proxy is told itself: `endpoint=ep-cool-sun-1234` of a client without SNI, `project=…`, `neon_lsn:0/1234`. */
const proxyOption = /^(?:(?:endpoint|project)=|neon_\w+:)/;

function withoutProxyOptions(options: string): string {
  // A space that belongs to an option has a backslash before it.
  const single = options.match(/(?:\\[\s\S]|\S)+/g) ?? [];
  return single.filter((option) => !proxyOption.test(option)).join(' ');
}
