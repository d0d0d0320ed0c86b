import { z } from 'zod';

/** What a tenant's own role may do, in every database of a fleet. */
export const appRoleSchema = z.strictObject({
  /**
   * A schema in which the application may create its own tables. It is first in the search path, so a table without a
   * schema goes there. The application cannot create tables anywhere else: one in `public` could block later
   * migrations, which run as the owner. @default none
   */
  ownSchema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'is a lower-case name of letters, digits and underscores')
    .refine(
      (name) => !/^(pg_.*|public|information_schema|tenantry)$/.test(name),
      'is a schema of others: name one of its own',
    )
    .optional(),
});

export type AppRole = z.output<typeof appRoleSchema>;

/** Increment this when the rights of a tenant's role change: older tenants are then recognized and updated. */
const rules = 1;

/** The mark that the catalog keeps for a tenant whose role has these rights. */
export function accessMark({ ownSchema }: AppRole): string {
  return ownSchema === undefined ? `${rules}` : `${rules}/${ownSchema}`;
}
