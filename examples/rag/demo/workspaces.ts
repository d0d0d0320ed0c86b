import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Account, Person } from './person.js';

/** Two workspaces that have the same question and another answer to it. */
export const workspaces = [
  { name: 'Harbour House', email: 'oona@harbour.example', folder: 'harbour-house', leave: '26 days' },
  { name: 'Fern Street Clinic', email: 'ivanova@fern.example', folder: 'fern-clinic', leave: '31 days' },
] as const;

export const sharedQuestion = 'How many days of paid leave do we have a year?';
/** The first workspace knows it, the second does not. */
export const foreignQuestion = 'What does error E47 of the boiler mean?';

export interface Member extends Account {
  readonly person: Person;
  /** What the shared question is answered with here. */
  readonly leave: string;
}

/** Signs both up and hands in their documents, through the pages that a person uses. */
export function fillWorkspaces(url: string): Promise<Member[]> {
  return Promise.all(
    workspaces.map(async ({ name, email, folder, leave }) => {
      const account = { workspace: name, email, password: randomBytes(9).toString('base64url') };
      const person = new Person(url);
      await person.signUp(account);
      await person.upload(path.join(import.meta.dirname, 'documents', folder));
      return { ...account, person, leave };
    }),
  );
}
