import { endWhenNobodyReads } from './closed-pipe.js';
import { endWith } from './failure-output.js';
import { runProgram } from './program.js';

endWhenNobodyReads();
// What fails in the background of a command ends it too: a full disk, for one, below the emulator of a stack.
process.on('uncaughtException', endWith);
await runProgram();
