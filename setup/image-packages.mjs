// For an image, which has all parts of the package in it: what the package leaves to its users to install becomes a dependency like the
// others, so that npm installs it as it is locked. AWS' client stays away; a fleet that needs it brings it along. So does what lints
// migrations: that is done where they are written, before there is an image.

import { readFileSync, writeFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of Object.keys(manifest.peerDependencies)) {
  if (name.startsWith('@aws-sdk/') || name === 'squawk-cli') continue;
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
