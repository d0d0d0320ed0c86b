/** Puts the files that are read when the package runs, and are not TypeScript, where compiled code looks for them. */
export function copyPackageFiles(checkout: string, compiled: string): void;
