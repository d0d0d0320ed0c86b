import { notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import { seconds } from '../state/clock.js';
import { refuseAllButPersonalKeys, refuseProjectKey } from './callers.js';
import { regions } from './regions.js';
import { type Call, ok, type Reply, type Route } from './route.js';
import { ownerEmail as email } from './views/organization.js';
import { organizationName } from './views/project.js';

function auth({ caller }: Call, { account }: Neon): Reply {
  return ok(
    caller.kind === 'personal'
      ? { account_id: account.userId, auth_method: 'api_key_user' }
      : { account_id: account.id, auth_method: 'api_key_org' },
  );
}

function currentUser({ caller }: Call, { account, plan }: Neon): Reply {
  refuseAllButPersonalKeys(caller);
  return ok({
    active_seconds_limit: 0,
    auth_accounts: [{ email, image: '', login: 'owner', name: 'Owner', provider: 'github' }],
    email,
    id: account.userId,
    image: '',
    login: 'owner',
    name: 'Owner',
    last_name: '',
    projects_limit: 100,
    branches_limit: 10,
    max_autoscaling_limit: plan.startsWith('free') ? 2 : 16,
    plan,
  });
}

function organizations({ caller }: Call, neon: Neon): Reply {
  refuseAllButPersonalKeys(caller);
  return ok({ organizations: [organizationView(neon)] });
}

/** A project-scoped key knows its project, and no organization. */
function organization({ caller, params }: Call, neon: Neon): Reply {
  refuseProjectKey(caller);
  if (params.org_id !== neon.account.id) throw notFound('organization not found');
  return ok(organizationView(neon));
}

function organizationView({ account, plan }: Neon) {
  const time = seconds(account.createdAt);
  return {
    id: account.id,
    name: organizationName,
    handle: account.id,
    plan,
    created_at: time,
    updated_at: time,
    managed_by: 'console',
  };
}

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/auth', handle: auth },
  { method: 'GET', path: '/users/me', handle: currentUser },
  { method: 'GET', path: '/users/me/organizations', handle: organizations },
  { method: 'GET', path: '/organizations/:org_id', handle: organization },
  { method: 'GET', path: '/regions', handle: () => ok({ regions }) },
];
