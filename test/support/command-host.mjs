// A process that runs many commands of `tenantry`, each as if it were alone: with words, environment, streams and exit code of its
// own. What `process` answers depends on the command that asks, which is told by its asynchronous context. It is given the compiled
// `cli/program`, and told of each command in a message.

import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const commands = new AsyncLocalStorage();
const [, , programFile] = process.argv;
/** What `process.exit` throws, for it never returns. What a command does after it is without effect. */
class Exit extends Error {}

const own = globalThis.process;
const ownExit = own.exit.bind(own);
const outside = { argv: own.argv, env: own.env, exit: ownExit };

// A module may have it from `node:process`, and Node keeps us from replacing its `exitCode`. So what can be is replaced in it, and
// those who say `process` get one that has all of it.
for (const name of Object.keys(outside))
  Object.defineProperty(own, name, {
    get: () => (commands.getStore() ?? outside)[name],
    set: (value) => {
      (commands.getStore() ?? outside)[name] = value;
    },
  });
globalThis.process = new Proxy(own, {
  get: (_, name) => ((name === 'exitCode' && commands.getStore()) || own)[name],
  set: (_, name, value) => Reflect.set((name === 'exitCode' && commands.getStore()) || own, name, value),
});
for (const name of ['stdout', 'stderr']) {
  const stream = own[name];
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...more) => {
    const command = commands.getStore();
    if (command === undefined) return write(chunk, ...more);
    if (!command.ended) command[name] += chunk;
    more.find((each) => typeof each === 'function')?.();
    return true;
  };
}

const { runProgram } = await import(pathToFileURL(programFile).href);

function end(command) {
  if (command.ended) return;
  command.ended = true;
  const { id, exitCode = 0, stdout, stderr } = command;
  own.send({ id, exitCode, stdout, stderr });
}

function run({ id, args, environment }) {
  const command = {
    id,
    argv: [own.execPath, programFile, ...args],
    env: environment,
    exitCode: undefined,
    exit(code = command.exitCode) {
      command.exitCode = code;
      end(command);
      throw new Exit();
    },
    stdout: '',
    stderr: '',
    ended: false,
  };
  void commands.run(command, async () => {
    await runProgram().catch(() => {});
    end(command);
  });
}

for (const event of ['uncaughtException', 'unhandledRejection'])
  own.on(event, (error) => {
    // A command that has ended would be gone, with the timers that it left: Temporal's client tries a call again on a connection
    // that is closed by then, and throws.
    if (error instanceof Exit || commands.getStore()?.ended) return;
    writeSync(2, `${error?.stack ?? error}\n`);
    ownExit(1);
  });
own.on('disconnect', () => ownExit(0));
own.on('message', run);
own.send('ready');
