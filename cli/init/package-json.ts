import { z } from 'zod';
import { UsageError } from '../usage-error.js';
import { testFiles, workerFile } from './project-files.js';

export interface KeptScript {
  readonly name: string;
  readonly wanted: string;
}

interface Edited {
  /** `undefined` where there was none. */
  readonly before: string | undefined;
  readonly after: string;
  /** Scripts that somebody else has given the name of one of ours. */
  readonly kept: readonly KeptScript[];
}

const wanted = { dev: 'tenantry dev', worker: `node ${workerFile}`, test: `node --test ${testFiles}` };

const manifestSchema = z.looseObject({ scripts: z.record(z.string(), z.string()).optional() });

/** A `package.json` with our scripts, those alone added that it has none of the name of. */
export function withScripts(before: string | undefined, name: string): Edited {
  if (before === undefined)
    return { before, after: jsonText({ name, private: true, scripts: wanted }, 2), kept: [] };
  const manifest = parsed(before);
  const scripts = manifest.scripts ?? {};
  const kept = Object.entries(wanted).flatMap(([script, ours]) => {
    const theirs = scripts[script];
    return theirs === undefined || theirs === ours ? [] : [{ name: script, wanted: ours }];
  });
  const added = Object.keys(wanted).some((script) => scripts[script] === undefined);
  const after = { ...manifest, scripts: { ...wanted, ...scripts } };
  return { before, after: added ? jsonText(after, indentOf(before)) : before, kept };
}

function parsed(text: string): z.infer<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(
      'nothing was written, because package.json is here and cannot be read: fix it first',
    );
  }
}

function jsonText(value: unknown, indent: string | number): string {
  return `${JSON.stringify(value, null, indent)}\n`;
}

/** As npm does: what the file's first line is indented by. */
function indentOf(text: string): string | number {
  return /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
}
