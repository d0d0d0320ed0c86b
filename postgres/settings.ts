/** Server settings by name, with values as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string>>;

/** The settings of all our clusters: small, quiet, and accessible only with a password. */
const modest: PostgresSettings = {
  shared_buffers: '16MB',
  io_method: 'sync',
  max_connections: '100',
  max_worker_processes: '4',
  autovacuum_worker_slots: '2',
  autovacuum_max_workers: '2',
  dynamic_shared_memory_type: 'posix',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  password_encryption: 'scram-sha-256',
  log_timezone: 'UTC',
  timezone: 'UTC',
  logging_collector: 'off',
  unix_socket_permissions: '0700',
};

/**
 * Without fsync a cluster survives the death of every process (the page cache is the kernel's), but not a
 * power loss. A commit is still written before it is answered, as on Neon: without fsync that costs little,
 * and a later `pg_current_wal_lsn()` is past it.
 */
export const durability = {
  process: { fsync: 'off', full_page_writes: 'off' },
  power: { fsync: 'on' },
} as const satisfies Record<string, PostgresSettings>;

export type Durability = keyof typeof durability;

export function settingArguments(settings: PostgresSettings): string[] {
  return Object.entries({ ...modest, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
