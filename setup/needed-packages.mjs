// The package brings what a backend needs. What its other parts need besides is the user's to install: a missing one is told of in
// a sentence, with the command that installs it.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const worker = [
  '@temporalio/activity',
  '@temporalio/worker',
  '@temporalio/workflow',
  'node-pg-migrate',
  'pino',
  'prom-client',
];
const emulator = ['classic-level', 'fastify', 'selfsigned'];

/** The packages of each part, by what a person calls it. All of them are optional peers in package.json. */
export const neededPackages = {
  'a worker': worker,
  'the emulator': emulator,
  'the local stack': [...worker, ...emulator],
  'the codec server': ['fastify'],
  tracing: [
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace-node',
    '@temporalio/interceptors-opentelemetry',
  ],
  'AWS Secrets Manager': ['@aws-sdk/client-secrets-manager'],
  'the lint of migrations': ['squawk-cli'],
};

/** A part is used whose packages are not installed; the message has the command that installs them. */
export class PackagesMissingError extends Error {
  name = 'PackagesMissingError';
  code = 'PACKAGES_MISSING';

  constructor(part, missing) {
    const wanted = missing.map((name) => forShell(`${name}@${releaseOf(name)}`));
    super(`${part} needs packages that are not installed. Install them: npm install ${wanted.join(' ')}`);
  }
}

/** A range of releases may hold what a shell reads as its own. */
const forShell = (wanted) => (/[<>* |]/.test(wanted) ? `'${wanted}'` : wanted);

const require = createRequire(import.meta.url);

/** Throws `PackagesMissingError` unless all packages of the part are installed. */
export function requirePackagesFor(part) {
  const missing = neededPackages[part].filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new PackagesMissingError(part, missing);
}

/** One of the part's packages, loaded. */
export function requirePackage(name, part) {
  requirePackagesFor(part);
  return require(name);
}

/** The release of an optional package that this release of ours was tested with. */
export function releaseOf(name) {
  return ownManifest().peerDependencies[name];
}

function isInstalled(name) {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** It is one folder above in a checkout, and two where the package is compiled. */
function ownManifest() {
  const files = ['../package.json', '../../package.json'].map((file) => new URL(file, import.meta.url));
  return JSON.parse(
    readFileSync(
      files.find((file) => existsSync(file)),
      'utf8',
    ),
  );
}
