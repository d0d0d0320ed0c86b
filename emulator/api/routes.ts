import { accountRoutes } from './account.js';
import { branchRoutes } from './branches/routes.js';
import { consumptionRoutes } from './consumption/routes.js';
import { databaseRoutes } from './databases.js';
import { endpointRoutes } from './endpoints/routes.js';
import { keyRoutes } from './keys.js';
import { memberRoutes } from './members.js';
import { operationRoutes } from './operations.js';
import { projectRoutes } from './projects/routes.js';
import { roleRoutes } from './roles.js';
import type { Route } from './route.js';
import { snapshotRoutes } from './snapshots/routes.js';

/** Everything the emulator answers. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...keyRoutes,
  ...memberRoutes,
  ...consumptionRoutes,
  ...projectRoutes,
  ...operationRoutes,
  ...branchRoutes,
  ...endpointRoutes,
  ...roleRoutes,
  ...databaseRoutes,
  ...snapshotRoutes,
];
