import type { DatabaseSurvey } from '../../activities/database/survey-database.js';

/** What an adoption would change in a database, and what it would leave alone, one sentence each. */
export interface AdoptionChanges {
  readonly changes: readonly string[];
  readonly notes: readonly string[];
}

export function adoptionChanges(survey: DatabaseSurvey, migrate: boolean): AdoptionChanges {
  const { group, login, presentRoles, openDatabases, openPublic, otherLogins, schemas } = survey;
  const { schemaVersion, pendingMigrations, othersSchemas } = survey;
  const isNew = (role: string) => !presentRoles.includes(role);
  const pending = pendingMigrations.join(', ');
  const migrates = migrate && pendingMigrations.length > 0;
  return {
    changes: [
      ...(migrates ? [`apply the migrations ${pending}, as the owner`] : []),
      ...(isNew(group) ? [`create the role "${group}", which nobody logs in as`] : []),
      ...(isNew(login) ? [`create the role "${login}", which the application logs in as`] : []),
      ...openDatabases.map(
        ({ name }) =>
          `take the right to connect to database "${name}" from every role that was not granted it`,
      ),
      `let "${group}" read and write the tables of ${schemas.map((name) => `schema "${name}"`).join(', ') || 'no schema'}, those that the owner adds later too`,
      ...(openPublic
        ? ['take the right to make things in schema "public" from every role but the owner']
        : []),
    ],
    notes: [
      schemaVersion === undefined
        ? "the database has no ledger of the fleet's migrations"
        : `the newest migration in its ledger is ${schemaVersion}`,
      ...(migrate || pendingMigrations.length === 0 ? [] : [`these migrations are not applied: ${pending}`]),
      ...(othersSchemas.length === 0
        ? []
        : [
            `these schemas are not the owner's, and the tenant's role reaches nothing in them: ${othersSchemas.join(', ')}`,
          ]),
      ...(otherLogins.length === 0
        ? []
        : [`these roles can log in too, and stay as they are: ${otherLogins.join(', ')}`]),
      "the plan's quota and compute bounds are not applied; change the plan to have them",
    ],
  };
}
