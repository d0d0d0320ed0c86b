import { withClient } from '../support/sql.js';

/** Where in the catalog a tenant is still spoken of. */
export const tracesOf = (id: string, catalogUrl: string) =>
  withClient(catalogUrl, async (client) => {
    const found: string[] = [];
    const { rows } = await client.query<{ name: string }>(
      "select table_name as name from information_schema.columns where table_schema = 'tenantry' and column_name = 'tenant_id'",
    );
    for (const { name } of rows) {
      const { rowCount } = await client.query(`select from tenantry.${name} where tenant_id = $1`, [id]);
      if (rowCount !== 0) found.push(name);
    }
    const { rowCount } = await client.query('select from tenantry.tenants where id = $1', [id]);
    return rowCount === 0 ? found : [...found, 'tenants'];
  });
