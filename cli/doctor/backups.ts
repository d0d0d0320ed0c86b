import { plansWithBackups } from '../../tenancy/backups.js';
import { backUpScheduleId, drillScheduleId } from '../../tenancy/naming.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok } from './check.js';
import { scheduleCondition } from './schedule.js';

/** Backups are taken where a plan has any, and proved where the fleet wants that. */
export const backups: Check = {
  name: 'backups',
  needs: ['fleet', 'sweep'],
  async make(subject) {
    const { name, plans, drills } = await readFleet(subject.read('TENANTRY_CONFIG'));
    const backedUp = plansWithBackups(plans).map(([plan]) => plan);
    const wanted = [
      ...(backedUp.length === 0
        ? []
        : [
            {
              id: backUpScheduleId(name),
              without: 'no backup is taken',
              does: `plans ${backedUp.join(', ')} are backed up`,
            },
          ]),
      ...(drills === undefined
        ? []
        : [
            {
              id: drillScheduleId(name),
              without: 'no backup is proved',
              does: 'a backup is proved by restoring it',
            },
          ]),
    ];
    if (wanted.length === 0) return ok('no plan has backups');
    const told: string[] = [];
    for (const { id, without, does } of wanted) {
      const found = await scheduleCondition(subject, id, without);
      if (found.kind === 'stands') return found.outcome;
      told.push(`${does}, next at ${found.nextAt}`);
    }
    return ok(told.join('; '));
  },
};
