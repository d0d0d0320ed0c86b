import { PostgresDialect, PostgresQueryCompiler, type QueryCompiler } from 'kysely';
import { isStorable } from '../tenancy/storable.js';

/** A text was to be stored, or looked for, that Postgres cannot hold. Nothing was asked of the catalog. */
export class UnstorableTextError extends Error {
  override readonly name = 'UnstorableTextError';

  constructor() {
    super('a text for the catalog holds U+0000 or half a surrogate pair, which no database can store');
  }
}

/** Sees every parameter of every statement. Unchecked, node-postgres sends half a surrogate pair as another character. */
class StorableCompiler extends PostgresQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    for (const text of [parameter].flat())
      if (typeof text === 'string' && !isStorable(text)) throw new UnstorableTextError();
    super.addParameter(parameter);
  }
}

/** Postgres, as the catalog speaks to it. Statements throw {@link UnstorableTextError}. */
export class CatalogDialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new StorableCompiler();
  }
}
