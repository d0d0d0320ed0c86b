import type { Catalog } from '../catalog/catalog.js';
import { catalogProblem } from '../catalog/catalog-problem.js';
import { CatalogNotMigratedError, CatalogUnreachableError } from './errors.js';

/**
 * The same catalog, whose errors say that its Postgres does not serve where it does not: everything in the client reads and writes
 * this one. A store of secrets of the fleet's own is no part of the catalog, and its errors stay as they are.
 */
export function reachCatalog(catalog: Catalog, hasOwnSecretStore: boolean): Catalog {
  return naming(catalog, hasOwnSecretStore ? catalog.secrets : undefined);
}

/** An object whose methods, and those of the objects in it, reject with what `told` makes of their errors. */
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
