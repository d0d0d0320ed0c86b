import { z } from 'zod';

/**
 * Describes what is wrong with a fleet, on one line: each setting by its full name, `appRole.ownschema is not a
 * setting`.
 */
export function settingProblems({ issues }: z.core.$ZodError): string {
  return issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${[...issue.path, key].join('.')} is not a setting`)
        : [[issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ')],
    )
    .join('; ');
}

/** Why the import of a fleet's file failed, on one line, with the line in the file if it is known. */
export function importProblem(error: unknown, file: string): string {
  if (error instanceof z.ZodError) return settingProblems(error);
  if (!(error instanceof Error)) return onOneLine(String(error));
  const line = error.stack?.split(`${file}:`)[1]?.match(/^\d+/)?.[0];
  const named = line === undefined || error.message.includes(`${file}:`);
  const missing = 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return `${onOneLine(error.message)}${named ? '' : ` (line ${line})`}${missing ? '; install it, or fix the import' : ''}`;
}

function onOneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
