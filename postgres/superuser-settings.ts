/*
 * A tenant's settings for its database (`ALTER DATABASE … SET`) apply to every session there, even a
 * superuser's. A start-up option overrides them and cannot be changed from inside, so the settings that
 * matter are options.
 */
const settings = {
  // Otherwise names in `public`, or in an earlier schema, would shadow Postgres' own (CVE-2018-1058).
  search_path: 'pg_catalog,pg_temp',
  event_triggers: 'off',
  local_preload_libraries: '',
  role: 'none',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read\\ committed',
  default_transaction_deferrable: 'off',
  standard_conforming_strings: 'on',
  statement_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: '0',
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;

/** For the `options` of a connection. */
export function superuserOptions(superuser: string): string {
  return Object.entries({ ...settings, session_authorization: superuser })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
