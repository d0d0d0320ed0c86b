import { notEmulated, notFound } from '../errors.js';
import { notEmulatedRoutes } from './not-emulated.js';
import type { Call, Reply } from './route.js';

/**
 * A path that Neon has and we have not says so. So does one below a resource that Neon has: a newer description than ours may
 * have it. Any other does not exist.
 */
export function unknownRoute({ params }: Call): Reply {
  const { method = '', path = '' } = params;
  const known = notEmulatedRoutes.find((route) => route.method === method && route.pattern.test(path));
  if (known !== undefined) throw notEmulated(`${method} ${known.path}`);
  if (methods.has(method) && resource.test(path))
    throw notEmulated(`${method} ${path}, of no description of Neon's API that is known here,`);
  throw notFound('this route does not exist');
}

/** A part of something that has a name, each part named. */
const resource = /^\/(?:projects|organizations|users|api_keys|auth|regions|consumption_history)(?:\/[^/]+)+$/;

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
