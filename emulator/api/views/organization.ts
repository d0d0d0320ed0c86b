import type { Neon } from '../../neon.js';
import { seconds } from '../../state/clock.js';

export const ownerEmail = 'owner@emulator.local';
export const ownerName = 'Owner';

/** The one member there is. The id of the membership is made from the user's, so that both stay the same. */
export function memberView({ account }: Neon) {
  return {
    id: account.userId.replace(/^.{8}/, '00000000'),
    user_id: account.userId,
    org_id: account.id,
    role: 'admin',
    joined_at: seconds(account.createdAt),
  };
}
