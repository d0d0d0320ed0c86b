import { printed } from './printed.js';
import type { Tool } from './toolchain/tool.js';

/** The flags of temporal-server.ts were measured on 1.9; a 2.x may change any of them. */
export const temporalCli: Tool = {
  title: 'the Temporal CLI, 1.9 or a later 1.x',
  variable: 'TENANTRY_TEMPORAL_BIN',
  variableNames: 'the temporal executable',
  command: 'temporal',
  behind: async (executable) => executable,
  installed: 'bin/temporal',
  flaw: async (path) => {
    const version = await printed(path, ['--version']);
    if (version === undefined) return 'it does not run here';
    const [, major, minor] = /temporal version (\d+)\.(\d+)/.exec(version) ?? [];
    return major === '1' && Number(minor) >= 9 ? undefined : `it says "${version}"`;
  },
};
