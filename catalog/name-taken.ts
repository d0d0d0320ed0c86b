import pg from 'pg';

/** Another tenant has a project of that name on record; the catalog tells projects apart by their names too. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(projectName: string) {
    super(`another tenant has a project "${projectName}"`);
  }
}

/** A handler for the errors of a statement that gives a tenant a project's name. Throws `NameTakenError`, or the error itself. */
export function orNameTaken(projectName: string): (error: unknown) => never {
  return (error) => {
    const taken = error instanceof pg.DatabaseError && error.constraint === 'tenants_project_name_key';
    throw taken ? new NameTakenError(projectName) : error;
  };
}
