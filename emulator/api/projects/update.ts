import { z } from 'zod';
import type { Neon } from '../../neon.js';
import { update } from '../../state/changes.js';
import { defined } from '../../state/defined.js';
import { configure } from '../configure.js';
import { defaultBranchOf, projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { operationView } from '../views/operation.js';
import { projectView } from '../views/project.js';

const request = z.object({
  project: z.object({
    name: input.name.optional(),
    settings: input.projectSettings.optional(),
    default_endpoint_settings: input.endpointDefaults.optional(),
    history_retention_seconds: z.int().min(0).max(2_592_000).optional(),
  }),
});

/** A setting that is given replaces the one before; settings reach the compute by an operation, a name does not. */
export function updateProject(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const { settings, default_endpoint_settings, ...rest } = parse(request, call.body).project;
  const operations = neon.engine.begin(
    project.id,
    settings === undefined ? [] : configure(defaultBranchOf(project, neon), neon),
    [
      update('project', project, {
        ...defined(rest),
        settings: { ...project.settings, ...settings },
        default_endpoint_settings: {
          ...project.default_endpoint_settings,
          ...defined(default_endpoint_settings ?? {}),
        },
      }),
    ],
    call.fateOf,
  );
  return ok({ project: projectView(projectOf(call, neon)), operations: operations.map(operationView) });
}
