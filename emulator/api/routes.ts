import { accountRoutes } from './account.js';
import { branchRoutes } from './branches/routes.js';
import { databaseRoutes } from './databases.js';
import { endpointRoutes } from './endpoints/routes.js';
import { operationRoutes } from './operations.js';
import { projectRoutes } from './projects/routes.js';
import { roleRoutes } from './roles.js';
import type { Route } from './route.js';

/** Everything the emulator answers. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...projectRoutes,
  ...operationRoutes,
  ...branchRoutes,
  ...endpointRoutes,
  ...roleRoutes,
  ...databaseRoutes,
];
