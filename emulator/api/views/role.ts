import { seconds } from '../../state/clock.js';
import type { Role } from '../../state/records.js';

export function roleView(role: Role) {
  return {
    branch_id: role.branch_id,
    name: role.name,
    protected: false,
    authentication_method: role.no_login ? 'no_login' : 'password',
    created_at: seconds(role.created_at),
    updated_at: seconds(role.updated_at),
  };
}

/** Only the replies that mint a password carry it. */
export function roleWithPassword(role: Role, password: string | undefined) {
  return password === undefined ? roleView(role) : { ...roleView(role), password };
}
