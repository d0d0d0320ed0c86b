import { claimStack } from '../../local/running-stack.js';

/* Claims one folder after the other, each at its moment, and prints those that it got. It stays, so that they are held. */
const [at = '0', ...folders] = process.argv.slice(2);
for (const [index, folder] of folders.entries()) {
  // All at the very same moment: a timer would spread them.
  while (Date.now() < Number(at) + index * 100);
  await claimStack(folder).then(
    () => console.log(folder),
    () => {},
  );
}
process.stdout.write('end\n');
process.stdin.resume();
