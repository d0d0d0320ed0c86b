import { z } from 'zod';
import { neededPackages, type Part, releaseOf } from '../../local/needed-packages.js';
import { UsageError } from '../usage-error.js';
import { testFiles, workerFile } from './project-files.js';

export interface KeptScript {
  readonly name: string;
  readonly wanted: string;
}

interface Edited {
  /** `undefined` if it did not exist. */
  readonly before: string | undefined;
  readonly after: string;
  /** Existing scripts that have the names of ours. */
  readonly kept: readonly KeptScript[];
}

const wanted = {
  dev: 'tenantry dev',
  worker: `node --enable-source-maps ${workerFile}`,
  test: `node --test ${testFiles}`,
};

const texts = z.record(z.string(), z.string()).optional();
const manifestSchema = z.looseObject({
  scripts: texts,
  dependencies: texts,
  devDependencies: texts,
  overrides: z.record(z.string(), z.unknown()).optional(),
});

/**
 * Fastify accepts any 6.x of it, which since 6.8 depends on a package for Node 22 and newer: npm would warn on Node
 * 20. Our code never calls it.
 */
const forNode20 = { 'light-my-request': '~6.6.0' };

/** The dependencies of a worker, and those of tests and the local stack. */
const ours = {
  scripts: wanted,
  dependencies: releasesOf('a worker'),
  devDependencies: releasesOf('the emulator'),
  overrides: forNode20,
};

/**
 * A `package.json` with our scripts, and the packages that a worker and the local stack need. An existing one only
 * gets what it lacks.
 */
export function withOurs(before: string | undefined, name: string): Edited {
  if (before === undefined) return { before, after: jsonText({ name, private: true, ...ours }, 2), kept: [] };
  const manifest = parsed(before);
  const scripts = withoutPlaceholder(manifest.scripts);
  const kept = Object.entries(wanted).flatMap(([script, command]) => {
    const theirs = scripts[script];
    return theirs === undefined || theirs === command ? [] : [{ name: script, wanted: command }];
  });
  const { dependencies, devDependencies, overrides } = manifest;
  const additions = {
    ...extended('scripts', scripts, lackingIn(scripts, ours.scripts)),
    ...extended('dependencies', dependencies, lackingIn(dependencies, ours.dependencies)),
    ...extended(
      'devDependencies',
      devDependencies,
      lackingIn({ ...dependencies, ...devDependencies }, ours.devDependencies),
    ),
    // npm refuses to override a package that the project itself lists.
    ...extended(
      'overrides',
      overrides,
      lackingIn({ ...dependencies, ...devDependencies, ...overrides }, ours.overrides),
    ),
  };
  const after = { ...manifest, ...additions };
  const changes = Object.keys(additions).length > 0;
  return { before, after: changes ? jsonText(after, indentOf(before)) : before, kept };
}

/** The script that `npm init` writes for a project without tests. */
const placeholder = /^echo "Error: no test specified" && exit 1$/;

function withoutPlaceholder({ test, ...others }: Entries = {}): Entries {
  return test === undefined || placeholder.test(test) ? others : { ...others, test };
}

type Entries = Readonly<Record<string, string>>;

function lackingIn(there: Readonly<Record<string, unknown>> = {}, wanted: Entries): Entries {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !Object.hasOwn(there, name)));
}

function extended(
  section: string,
  there: Readonly<Record<string, unknown>> = {},
  added: Entries,
): Readonly<Record<string, object>> {
  return Object.keys(added).length === 0 ? {} : { [section]: { ...added, ...there } };
}

function releasesOf(part: Part): Entries {
  return Object.fromEntries(neededPackages[part].map((name) => [name, releaseOf(name)]));
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

/** Like npm, uses the indentation of the file's first property. */
function indentOf(text: string): string | number {
  return /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
}
