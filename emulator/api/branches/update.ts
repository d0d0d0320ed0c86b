import { z } from 'zod';
import type { Neon } from '../../neon.js';
import { update } from '../../state/changes.js';
import { defined } from '../../state/defined.js';
import type { Branch, Operation } from '../../state/records.js';
import { branchOf, projectOf } from '../find.js';
import * as input from '../input.js';
import { refuseProtectionBeyondLimit } from '../limits.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { branchView } from '../views/branch.js';
import { operationView } from '../views/operation.js';
import { expiration, refuseExpiring } from './expiration.js';
import { refuseTakenName } from './names.js';

const request = z.object({
  branch: z.object({
    name: input.name.optional(),
    protected: z.boolean().optional(),
    /** `null` takes the end away. */
    expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
  }),
});

export function updateBranch(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const { expires_at, ...fields } = parse(request, call.body).branch;
  if (fields.name !== undefined && fields.name !== branch.name)
    refuseTakenName(projectOf(call, neon), fields.name, neon);
  if (fields.protected === true && !branch.protected) refuseProtectionBeyondLimit(branch.project_id, neon);
  const changed = { ...branch, ...defined(fields), ...expiryOf(expires_at) };
  refuseExpiring(changed, neon);
  return branchReply(call, neon, neon.engine.begin(branch.project_id, [], [update('branch', changed, {})]));
}

function expiryOf(asked: string | null | undefined): Partial<Branch> {
  if (asked === undefined) return {};
  return asked === null ? { expires_at: undefined, ttl_interval_seconds: undefined } : expiration(asked);
}

export function setDefaultBranch(call: Call, neon: Neon): Reply {
  const chosen = branchOf(call, neon);
  refuseExpiring({ ...chosen, default: true }, neon);
  const others = neon.store.of.branch
    .in(chosen.project_id)
    .filter((branch) => branch.default && branch.id !== chosen.id);
  return branchReply(
    call,
    neon,
    neon.engine.begin(
      chosen.project_id,
      [],
      [
        ...others.map((branch) => update('branch', branch, { default: false })),
        update('branch', chosen, { default: true }),
      ],
    ),
  );
}

export function branchReply(call: Call, neon: Neon, operations: readonly Operation[]): Reply {
  return ok({ branch: branchView(branchOf(call, neon)), operations: operations.map(operationView) });
}
