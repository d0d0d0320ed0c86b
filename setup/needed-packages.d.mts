/** A part of the package that needs more than a backend does, by what a person calls it. */
export type Part =
  | 'a worker'
  | 'the emulator'
  | 'the local stack'
  | 'the codec server'
  | 'tracing'
  | 'AWS Secrets Manager'
  | 'the lint of migrations';

export const neededPackages: Readonly<Record<Part, readonly string[]>>;

/** A part is used whose packages are not installed; the message has the command that installs them. */
export class PackagesMissingError extends Error {
  constructor(part: Part, missing: readonly string[]);
  readonly code: 'PACKAGES_MISSING';
}

/** Throws `PackagesMissingError` unless all packages of the part are installed. */
export function requirePackagesFor(part: Part): void;

/** The release of an optional package that this release of ours was tested with. */
export function releaseOf(name: string): string;
