import path from 'node:path';

/** The fleet's file, absolute: named by `TENANTRY_CONFIG`, else in the folder that the command was called in. */
export function fleetFile(): string {
  return path.resolve(process.env.TENANTRY_CONFIG || 'tenantry.config.ts');
}
