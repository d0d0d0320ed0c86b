import type { Route } from '../route.js';
import { legacyHistory } from './legacy.js';
import { branchHistory, projectHistory } from './v2.js';

export const consumptionRoutes: readonly Route[] = [
  { method: 'GET', path: '/consumption_history/v2/projects', handle: projectHistory },
  { method: 'GET', path: '/consumption_history/v2/branches', handle: branchHistory },
  { method: 'GET', path: '/consumption_history/projects', handle: legacyHistory },
];
