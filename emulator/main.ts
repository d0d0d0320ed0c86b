/*
 * The emulator as a process: `node --import tsx emulator/main.ts --data-dir … --postgres-bin …`. Every flag can stand in
 * the environment instead, as NEON_EMULATOR_DATA_DIR and so on. One line of JSON on stdout says that it is ready.
 */
import { commandProblem } from './command-problem.js';
import { commandSettings } from './command-settings.js';
import { startNeonEmulator } from './index.js';

async function main(): Promise<void> {
  const { options, leashed } = commandSettings(process.argv.slice(2), process.env);
  const emulator = await startNeonEmulator(options);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void emulator.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (leashed) process.stdin.on('end', stop).resume();
  const { url, controlUrl, apiKey, orgId, caFile } = emulator;
  process.stdout.write(`${JSON.stringify({ url, controlUrl, apiKey, orgId, caFile })}\n`);
}

main().catch((error: unknown) => {
  const problem = commandProblem(error);
  if (problem === undefined) console.error(error);
  else console.error(`emulator: ${problem}`);
  process.exit(problem === undefined ? 1 : 2);
});
