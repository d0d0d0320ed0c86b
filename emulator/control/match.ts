import { z } from 'zod';

const anyMethod = '*';
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Which calls, or which connections, a fault strikes. */
export const match = z.object({
  /** `*` is any. @default any */
  method: z
    .string()
    .refine(isMethod, `is none of ${methods.join(', ')}, nor *`)
    .optional(),
  /** Below `/api/v2`: a glob (`/projects/*`), or a regular expression between slashes and starting with `^`. */
  path: z.string().refine(isPattern, 'is not a regular expression').optional(),
  /** Whose connections; for effects on connections only. @default everybody's */
  project_id: z.string().optional(),
  endpoint_id: z.string().optional(),
  /** How many it strikes. @default 1, or any number when `for_ms` is given */
  times: z.int().min(1).optional(),
  /** For how long it strikes, from the moment it is made. */
  for_ms: z.int().min(1).optional(),
});

export type Match = z.infer<typeof match>;

export interface Scope {
  readonly struck: number;
  readonly createdAt: number;
}

/** Whether a fault still strikes at all. */
export function isLive({ times, for_ms }: Match, { struck, createdAt }: Scope): boolean {
  if (for_ms !== undefined && Date.now() >= createdAt + for_ms) return false;
  return struck < (times ?? (for_ms === undefined ? 1 : Number.POSITIVE_INFINITY));
}

export function matchesCall(match: Match, method: string, path: string): boolean {
  const { method: wanted = anyMethod } = match;
  const fits = wanted === anyMethod || wanted.toUpperCase() === method;
  return fits && (match.path === undefined || pattern(match.path).test(path));
}

export function matchesEndpoint(
  match: Match,
  endpoint: { readonly id: string; readonly project_id: string },
): boolean {
  return (
    (match.project_id ?? endpoint.project_id) === endpoint.project_id &&
    (match.endpoint_id ?? endpoint.id) === endpoint.id
  );
}

/** One that no call has would be accepted, and strike nothing. */
function isMethod(method: string): boolean {
  return method === anyMethod || methods.includes(method.toUpperCase());
}

function isPattern(path: string): boolean {
  try {
    pattern(path);
    return true;
  } catch {
    return false;
  }
}

function pattern(path: string): RegExp {
  const expression = /^\/(\^.*)\/$/.exec(path)?.[1];
  if (expression !== undefined) return new RegExp(expression);
  // `*` is one segment, `**` any number of them.
  const escaped = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const body = escaped.replace(/\*\*|\*/g, (star) => (star === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${body}$`);
}
