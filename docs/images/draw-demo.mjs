// Runs `npm run demo` on a terminal of its own and draws what it showed: docs/images/demo.svg. Call it with `npm run docs:demo`.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const columns = 112;
const characterWidth = 8.43;
const lineHeight = 20;
const margin = 18;
const bar = 34;

/** Of the two that set-up needs, Python has terminals to give. */
const python = `import os, pty, sys
os.environ.update(COLUMNS="${columns}", TERM="xterm-256color")
sys.exit(os.waitstatus_to_exitcode(pty.spawn(["npm", "run", "-s", "demo"])))`;

const { stdout, status } = spawnSync('python3', ['-c', python], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (status !== 0) throw new Error(`the demo failed:\n${stdout}`);

const shown = stdout.replaceAll('\r', '').split('\n');
// What set-up fetched before belongs to this machine's first run alone.
const from = shown.findIndex((line) => line.startsWith('Starting Temporal'));
const to = shown.findIndex((line) => line.startsWith('That stack is gone'));
const lines = ['$ npm run demo', ...shown.slice(from, to)];
if (from < 0 || to < from || !lines.some((line) => line.includes('exactly one project')))
  throw new Error(`this is no whole demo:\n${stdout}`);
while (lines.at(-1)?.trim() === '') lines.pop();

const width = Math.ceil(columns * characterWidth + 2 * margin);
const height = bar + lines.length * lineHeight + 2 * margin;
const rows = lines.flatMap((line, at) =>
  line.trim() === ''
    ? []
    : [
        `<text x="${margin}" y="${bar + margin + 14 + at * lineHeight}" class="${colourOf(line)}" xml:space="preserve">${escaped(fitting(line))}</text>`,
      ],
);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">A terminal that shows a run of npm run demo</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9 }
.typed { fill: #ffffff; font-weight: bold } .done { fill: #7ee787 } .killed { fill: #ffa657 } .quiet { fill: #8b949e }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
${rows.join('\n')}
</svg>
`;
writeFileSync(fileURLToPath(new URL('demo.svg', import.meta.url)), svg);

function colourOf(line) {
  if (line.startsWith('$')) return 'typed';
  if (/^ +✓/.test(line)) return 'done';
  if (/^ +!/.test(line)) return 'killed';
  return line.startsWith('  ') ? 'quiet' : 'said';
}

function fitting(line) {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
