import type { Catalog } from '../catalog/catalog.js';
import { catalogProblem } from '../catalog/catalog-problem.js';
import { CatalogNotMigratedError, CatalogUnreachableError } from './errors.js';

/**
 * Wraps a catalog so that its errors report an unusable Postgres: all code in the client uses this one. A fleet's own
 * secret store is not part of the catalog, so its errors stay unchanged.
 */
export function reachCatalog(catalog: Catalog, hasOwnSecretStore: boolean): Catalog {
  return naming(catalog, hasOwnSecretStore ? catalog.secrets : undefined);
}

/** Wraps an object so that its methods, and those of the objects in it, pass their errors through `told`. */
function naming<T extends object>(object: T, foreign: object | undefined): T {
  const made = new Map<PropertyKey, unknown>();
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (value === foreign || value === null) return value;
      if (typeof value !== 'function' && typeof value !== 'object') return value;
      if (!made.has(name))
        made.set(name, isMethod(value) ? namingCall(target, value) : naming(value, foreign));
      return made.get(name);
    },
  });
}

type Method = (...given: unknown[]) => unknown;

function isMethod(value: object): value is Method {
  return typeof value === 'function';
}

function namingCall(target: object, method: Method) {
  return (...given: unknown[]): unknown => {
    const answer: unknown = Reflect.apply(method, target, given);
    return answer instanceof Promise
      ? answer.catch((error: unknown) => {
          throw told(error);
        })
      : answer;
  };
}

function told(error: unknown): unknown {
  const problem = catalogProblem(error);
  if (problem === undefined) return error;
  return problem.kind === 'not-migrated'
    ? new CatalogNotMigratedError(problem.message)
    : new CatalogUnreachableError(problem.message);
}
