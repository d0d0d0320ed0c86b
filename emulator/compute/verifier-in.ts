import { asSuperuser, type Cluster } from '../../postgres/index.js';
import { parseVerifier, type ScramVerifier } from './scram.js';

/** Read at every login, because a role's own SQL may change it at any time. A superuser's stays in the cluster. */
export function verifierIn(cluster: Cluster, role: string): Promise<ScramVerifier | undefined> {
  return asSuperuser(cluster, 'postgres', async (client) => {
    const known = await client.query<{ rolpassword: string | null }>(
      'SELECT rolpassword FROM pg_authid WHERE rolname = $1 AND NOT rolsuper',
      [role],
    );
    return parseVerifier(known.rows[0]?.rolpassword ?? '');
  });
}
