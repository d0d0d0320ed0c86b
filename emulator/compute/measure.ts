import { asSuperuser, type Cluster } from '../../postgres/index.js';
import { sizeLimitMarker } from './size-limit.js';

export interface Measure {
  /** Which life of the cluster this is; `writtenBytes` counts from its start. */
  readonly run: number;
  /** WAL written. Postgres itself counts it, some seconds late for a session that stays open. */
  readonly writtenBytes: number;
  /** All databases together, those that every cluster comes with included. */
  readonly logicalBytes: number;
  readonly refusesWrites: boolean;
}

const startOf = new WeakMap<Cluster, number>();

/** Remembers where the counters stand: a copied cluster has those of its parent, a restarted one its own. */
export async function markStart(cluster: Cluster): Promise<void> {
  const { rows } = await asSuperuser(cluster, 'postgres', (client) =>
    client.query<{ wal: string }>('SELECT wal_bytes::text AS wal FROM pg_stat_wal'),
  );
  startOf.set(cluster, Number(rows[0]?.wal ?? 0));
}

export async function measure(cluster: Cluster): Promise<Measure> {
  const { rows } = await asSuperuser(cluster, 'postgres', (client) =>
    client.query<{ wal: string; size: string; marked: boolean }>(
      `SELECT (SELECT wal_bytes::text FROM pg_stat_wal) AS wal,
              (SELECT pg_catalog.sum(pg_catalog.pg_database_size(oid))::text FROM pg_database) AS size,
              EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS marked`,
      [sizeLimitMarker],
    ),
  );
  const [row] = rows;
  return {
    run: cluster.pid,
    writtenBytes: Math.max(0, Number(row?.wal ?? 0) - (startOf.get(cluster) ?? 0)),
    logicalBytes: Number(row?.size ?? 0),
    refusesWrites: row?.marked === true,
  };
}
