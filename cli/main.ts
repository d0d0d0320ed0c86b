import { endWhenNobodyReads } from './closed-pipe.js';
import { endWith } from './failure-output.js';
import { runProgram } from './program.js';

endWhenNobodyReads();
// A failure in the background of a command ends it too, such as a full disk under a stack's emulator.
process.on('uncaughtException', endWith);
await runProgram();
