import { z } from 'zod';

/** What a tenant's own role is held to, in every database of a fleet. */
export const appRoleSchema = z.strictObject({
  /**
   * A schema in which the application may make tables of its own. It comes first where the application names no schema.
   * Nowhere else can it make any: what it made in `public` could stand in the way of later migrations, which run as the
   * owner. @default none
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

/** Grows when what a tenant's role may do changes, so that tenants from before can be told, and brought to it. */
const rules = 1;

/** What the catalog notes of a tenant whose role is held to this. */
export function accessMark({ ownSchema }: AppRole): string {
  return ownSchema === undefined ? `${rules}` : `${rules}/${ownSchema}`;
}
