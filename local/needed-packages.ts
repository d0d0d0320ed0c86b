/** For the commands, which say what a part of the package lacks before they start it. */
export {
  neededPackages,
  PackagesMissingError,
  type Part,
  releaseOf,
  requirePackagesFor,
} from '../setup/needed-packages.mjs';
