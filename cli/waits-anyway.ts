import { Option } from 'commander';

/** For a command that ends with what it does, and not before: it may be asked to, as the others are. */
export function waitsAnyway(): Option {
  return new Option('--wait', 'it waits anyway').hideHelp();
}
