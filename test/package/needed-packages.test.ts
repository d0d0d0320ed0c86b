import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { neededPackages, PackagesMissingError } from '../../local/needed-packages.js';
import { checkoutRoot } from '../../local/state-directory.js';

const releases = z.record(z.string(), z.string());
const manifest = z
  .object({
    dependencies: releases,
    devDependencies: releases,
    peerDependencies: releases,
    peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })),
  })
  .parse(JSON.parse(readFileSync(path.join(checkoutRoot, 'package.json'), 'utf8')));

it('are the optional peers, each at the release that is tested', () => {
  const needed = [...new Set(Object.values(neededPackages).flat())].sort();
  expect(Object.keys(manifest.peerDependencies).sort()).toEqual(needed);
  expect(Object.keys(manifest.peerDependenciesMeta).sort()).toEqual(needed);
  for (const [name, release] of Object.entries(manifest.peerDependencies)) {
    expect(manifest.dependencies, name).not.toHaveProperty([name]);
    // A store of secrets, and OpenTelemetry, work with a range of releases, of which the user may have one.
    if (/^\d/.test(release)) expect(manifest.devDependencies[name], name).toBe(release);
  }
});

it('are told of in a command that a shell reads as it is meant', () => {
  const { message } = new PackagesMissingError('tracing', [
    '@opentelemetry/exporter-trace-otlp-http',
    'pino',
  ]);
  expect(message).toContain("npm install '@opentelemetry/exporter-trace-otlp-http@>=0.200.0 <1' pino@");
});
