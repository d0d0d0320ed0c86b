/** Another tenant has a project with that name on record; the catalog identifies projects by their names. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(projectName: string) {
    super(`another tenant has a project "${projectName}"`);
  }
}
