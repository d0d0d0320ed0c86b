import { projectOf } from '../find.js';
import { ok, type Route } from '../route.js';
import { projectDetail } from '../views/project.js';
import { getConnectionUri } from './connection-uri.js';
import { createProject } from './create.js';
import { deleteProject } from './delete.js';
import { listProjects } from './list.js';
import { recoverProject } from './recover.js';
import { listSharedProjects } from './shared.js';
import { updateProject } from './update.js';

export const projectRoutes: readonly Route[] = [
  { method: 'GET', path: '/projects', handle: listProjects },
  { method: 'POST', path: '/projects', handle: createProject },
  { method: 'GET', path: '/projects/shared', handle: listSharedProjects },
  {
    method: 'GET',
    path: '/projects/:project_id',
    handle: (call, neon) => ok({ project: projectDetail(projectOf(call, neon), neon) }),
  },
  { method: 'PATCH', path: '/projects/:project_id', handle: updateProject },
  { method: 'DELETE', path: '/projects/:project_id', handle: deleteProject },
  { method: 'POST', path: '/projects/:project_id/recover', handle: recoverProject },
  { method: 'GET', path: '/projects/:project_id/connection_uri', handle: getConnectionUri },
];
