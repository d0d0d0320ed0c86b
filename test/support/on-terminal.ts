import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { compiledModule } from './compiled-module.js';

/** What `tenantry` shows on a terminal, standard error with it. Python, which set-up needs as well, has terminals to give. */
export async function onTerminal(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { FORCE_COLOR: _, NO_COLOR: __, CI: ___, ...inherited } = process.env;
  const { stdout } = await promisify(execFile)(
    'python3',
    ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', process.execPath, compiledModule('cli/main'), ...args],
    { env: { ...inherited, TERM: 'xterm-256color', ...environment } },
  );
  return stdout.replaceAll('\r\n', '\n');
}

/** A terminal of 80 by 24, on which Ctrl-C is typed once the command shows some text; exits as the command does. */
const typing = `
import fcntl, os, pty, select, struct, sys, termios, time
shown, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
seen, typed, until = '', False, time.time() + 30
while time.time() < until:
    if not select.select([terminal], [], [], 0.1)[0]: continue
    try:
        text = os.read(terminal, 4096).decode(errors='replace')
    except OSError:
        break
    if text == '': break
    seen += text
    if shown in seen and not typed:
        os.write(terminal, b'\\x03')
        typed = True
else:
    os.kill(child, 9)
sys.stdout.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
`;

/** What `tenantry` shows and how it ends when Ctrl-C is typed on its terminal, once some text is to be seen there. */
export async function interruptedOnTerminal(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  shown: string,
): Promise<{ readonly exitCode: number; readonly said: string }> {
  const { CI: _, ...inherited } = process.env;
  const command = [process.execPath, compiledModule('cli/main'), ...args];
  const child = spawn('python3', ['-c', typing, shown, ...command], {
    env: { ...inherited, TERM: 'xterm-256color', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { exitCode, said: said.replaceAll('\r\n', '\n') };
}
