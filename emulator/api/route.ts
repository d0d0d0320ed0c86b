import type { z } from 'zod';
import { badRequest } from '../errors.js';
import type { Neon } from '../neon.js';
import type { FateOf } from '../operations/step.js';
import type { Key } from '../state/records.js';

/** What a fault wants of a call. */
export interface Influence {
  /** How its operations are to end. */
  readonly fateOf?: FateOf | undefined;
  /** A list does not show what is younger than this. */
  readonly listLagMs?: number | undefined;
}

/** A request that has proved who it comes from. */
export interface Call extends Influence {
  readonly caller: Key;
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** Below `/api/v2`, with `:name` for a parameter. */
  readonly path: string;
  readonly handle: (call: Call, neon: Neon) => Reply | Promise<Reply>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
/** Deletes answer so when there is nothing to delete. */
export const nothing: Reply = { status: 204 };

/** @throws NeonError 400 that names the field. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'request';
  throw badRequest(`${where}: ${issue?.message ?? 'invalid'}`);
}
