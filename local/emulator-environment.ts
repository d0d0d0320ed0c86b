import { toolEnvironment } from '../postgres/tool-environment.js';

/**
 * What the emulator is told as a process of its own: Node's settings and its own, none of an installation's keys. A key to
 * accept goes this way too, for a command line can be read by everyone on the machine.
 */
export function emulatorEnvironment(
  apiKey: string | undefined,
  own: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const settings = Object.entries(own).filter(([name]) => /^(NODE|NEON_EMULATOR)_/.test(name));
  return {
    ...toolEnvironment(own),
    ...Object.fromEntries(settings),
    ...(apiKey === undefined ? {} : { NEON_EMULATOR_API_KEY: apiKey }),
  };
}
