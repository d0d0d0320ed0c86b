import { Option } from 'commander';

/** For a command that always waits: it accepts `--wait` like the others. */
export function waitsAnyway(): Option {
  return new Option('--wait', 'it waits anyway').hideHelp();
}
