// For an image, which has all parts of the package in it: what the package leaves to its users to install becomes a dependency like the
// others, so that npm installs it as it is locked. AWS' client stays away; a fleet that needs it brings it along.

import { readFileSync, writeFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of Object.keys(manifest.peerDependencies)) {
  if (name.startsWith('@aws-sdk/')) continue;
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
