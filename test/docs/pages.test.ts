import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';

/** Every page of the project, in the checkout's own files. */
const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: checkoutRoot,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && existsSync(path.join(checkoutRoot, name)));

const textOf = (page: string) => readFileSync(path.join(checkoutRoot, page), 'utf8');

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(page: string): string[] {
  const prose = textOf(page).replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

describe('the pages', () => {
  it('link to files and headings that there are', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
        if (/^(https?|mailto):/.test(link)) return [];
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? page : path.join(path.dirname(page), file);
        if (!existsSync(path.join(checkoutRoot, target))) return [`${page}: ${link}`];
        return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [`${page}: ${link}`];
      }),
    );
    expect(broken).toEqual([]);
    expect(pages.length).toBeGreaterThan(40);
  });

  it('are all in the index of docs/', () => {
    const index = textOf('docs/README.md');
    const lacking = pages.filter(
      (page) =>
        /^docs\/[^/]+\.md$/.test(page) &&
        page !== 'docs/README.md' &&
        !index.includes(`(${path.basename(page)})`),
    );
    expect(lacking).toEqual([]);
  });

  it('begin with a README of 150 lines at most', () => {
    expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  it('show a demo whose every check the demo still makes', () => {
    const drawn = [...textOf('docs/images/demo.svg').matchAll(/class="(\w+)"[^>]*>([^<]*)</g)];
    const demo = textOf('cli/demo.ts');
    // What differs from run to run stands behind a colon, or is a name: the words before it are the demo's own.
    for (const words of [
      'exactly one project',
      'made a vector table, and found the nearest of three notes',
    ]) {
      expect(demo).toContain(words);
      expect(
        drawn
          .filter(([, kind]) => kind === 'done')
          .map(([, , line]) => line)
          .join(),
      ).toContain(words);
    }
    expect(drawn.map(([, kind]) => kind)).toContain('killed');
    expect(textOf('README.md')).toContain('(docs/images/demo.svg)');
  });

  it('name files of the code that there are', () => {
    const missing = ['docs/architecture.md', 'CONTRIBUTING.md'].flatMap((page) =>
      [...textOf(page).matchAll(/`((?:[a-z]+\/)+[\w.-]+\.(?:ts|cjs|mjs|sql))`/g)]
        .map(([, file = '']) => file)
        .filter((file) => !existsSync(path.join(checkoutRoot, file)))
        .map((file) => `${page}: ${file}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the license', () => {
  it('is the one that the package names', () => {
    const { license } = JSON.parse(textOf('package.json')) as { license: string };
    expect(license).toBe('Apache-2.0');
    expect(textOf('LICENSE')).toMatch(/Apache License\s+Version 2\.0/);
  });

  it('goes with those of everything that the package needs', () => {
    const needed = neededPackages();
    const known = [
      'MIT',
      'ISC',
      'BSD-2-Clause',
      'BSD-3-Clause',
      'Apache-2.0',
      '0BSD',
      'BlueOak-1.0.0',
      'Unlicense',
    ];
    expect(needed.length).toBeGreaterThan(200);
    // Of those that are offered, one is enough: `(Apache-2.0 OR MIT)`.
    const isKnown = (offered: string) =>
      offered
        .replace(/^\((.*)\)$/, '$1')
        .split(' OR ')
        .some((each) => known.includes(each));
    const others = needed
      .filter(([, { license = '' }]) => !license.split(' AND ').every(isKnown))
      .map(([name, { license }]) => `${name}: ${license}`);
    // As THIRD_PARTY_NOTICES.md says: data, and a package that names its license in a file alone.
    expect(others).toEqual(['node_modules/caniuse-lite: CC-BY-4.0', 'node_modules/unionfs: undefined']);
  });

  it('names the wheels that set-up fetches, at their versions', () => {
    const notices = textOf('THIRD_PARTY_NOTICES.md');
    const wheels = [...textOf('setup/requirements.txt').matchAll(/^([\w-]+)==([\d.]+)/gm)];
    expect(wheels).toHaveLength(2);
    for (const [, name, version] of wheels) expect(notices).toContain(`\`${name}\` ${version}`);
  });
});

interface LockedPackage {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What is installed for the package and for all of its parts, as locked, by folder. */
function neededPackages(): [string, LockedPackage][] {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, LockedPackage>;
  };
  const found = new Map<string, LockedPackage>();
  const visit = (folder: string) => {
    const { dependencies, peerDependencies } = packages[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const at = [`${folder}/node_modules/${name}`, `node_modules/${name}`].find((each) => packages[each]);
      if (at === undefined || found.has(at)) continue;
      found.set(at, packages[at] ?? {});
      visit(at);
    }
  };
  visit('');
  return [...found];
}
