import { notEmulated, notFound } from '../errors.js';
import { notEmulatedRoutes } from './not-emulated.js';
import type { Call, Reply } from './route.js';

/** A path Neon has and we have not says so; any other does not exist. */
export function unknownRoute({ params }: Call): Reply {
  const { method = '', path = '' } = params;
  const known = notEmulatedRoutes.find((route) => route.method === method && route.pattern.test(path));
  if (known !== undefined) throw notEmulated(`${method} ${known.path}`);
  throw notFound('this route does not exist');
}
