import { PostgresDialect, PostgresQueryCompiler, type QueryCompiler } from 'kysely';
import { isStorable } from '../tenancy/storable.js';

/** A parameter has text that Postgres cannot store. The statement was not sent. */
export class UnstorableTextError extends Error {
  override readonly name = 'UnstorableTextError';

  constructor() {
    super('a text for the catalog holds U+0000 or half a surrogate pair, which no database can store');
  }
}

/**
 * Checks every parameter of every statement, because node-postgres would send half a surrogate pair as another
 * character.
 */
class StorableCompiler extends PostgresQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    for (const text of [parameter].flat())
      if (typeof text === 'string' && !isStorable(text)) throw new UnstorableTextError();
    super.addParameter(parameter);
  }
}

/** Kysely's Postgres dialect, with parameters checked. Statements throw {@link UnstorableTextError}. */
export class CatalogDialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new StorableCompiler();
  }
}
