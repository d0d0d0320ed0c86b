import { z } from 'zod';
import type { Reply } from '../api/route.js';

const list = z.looseObject({ projects: z.array(z.looseObject({ id: z.string() })) });

/** A list of projects that lacks some it should have, and says so. Any other reply is left as it is. */
export function withoutProjects(reply: Reply, unavailable: readonly string[]): Reply {
  const whole = list.safeParse(reply.body);
  if (!whole.success) return reply;
  const projects = whole.data.projects.filter(({ id }) => !unavailable.includes(id));
  return { ...reply, body: { ...whole.data, projects, unavailable_project_ids: unavailable } };
}
