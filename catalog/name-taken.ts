/** Another tenant has a project of that name on record; the catalog tells projects apart by their names. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(projectName: string) {
    super(`another tenant has a project "${projectName}"`);
  }
}
