import { defineFleet, type Hook } from 'tenantry';
import { connectTenantry } from 'tenantry/client';

/** A backend with nothing installed but Tenantry. Whatever it makes of it, it can export: its declarations are written too. */
const greet: Hook = async ({ id }, db) => {
  await db.asApp((client) => client.query('insert into notes (body) values ($1)', [`hello ${id}`]));
};

export const fleet = defineFleet({
  name: 'stranger',
  plans: { free: { region: 'aws-us-east-1' }, pro: { region: 'aws-us-east-1' } },
  defaultPlan: 'free',
  hooks: { onboarded: greet },
});

export const connected = await connectTenantry(fleet);
export const { tenantry, schedules } = connected;
export const started = tenantry.start;
export const executed = tenantry.execute;
export const onboarding = await tenantry.start.onboard({ id: 'acme', plan: 'pro' });
export const steps = onboarding.progress();
export const results = {
  onboarded: await onboarding.result(),
  adopted: await tenantry.execute.adopt('acme', { projectId: 'cool-sun-123456' }),
  previewed: await tenantry.start.previewPlanChange('acme', { plan: 'pro' }),
  changed: await tenantry.execute.changePlan('acme', { plan: 'pro' }),
  suspended: await tenantry.execute.suspend('acme'),
  resumed: await tenantry.execute.resume('acme'),
  rotated: await tenantry.execute.rotateCredentials('acme'),
  snapshotted: await tenantry.execute.snapshot('acme', { name: 'before' }),
  restored: await tenantry.execute.restore('acme', { to: { snapshot: 'before' } }),
  branched: await tenantry.execute.branch('acme', { name: 'copy' }),
  moved: await tenantry.execute.move('acme', { region: 'aws-eu-central-1' }),
  unmoved: await tenantry.execute.undoMove('acme'),
  repaired: await tenantry.execute.repair('acme'),
  previewedAdoption: await tenantry.execute.previewAdoption('acme', { projectId: 'cool-sun-123456' }),
  kept: await tenantry.execute.undoOffboarding('acme'),
  offboarded: await tenantry.execute.offboard('acme'),
  erased: await tenantry.execute.erase('acme'),
};
export const looks = {
  tenant: await tenantry.get('acme'),
  page: await tenantry.list(),
  all: tenantry.tenants(),
  history: await tenantry.history('acme'),
  status: await tenantry.operationStatus('acme'),
  underWay: await tenantry.operationUnderWay('acme'),
  attention: await tenantry.attention(),
  branches: await tenantry.branches('acme'),
  snapshots: await tenantry.snapshots('acme'),
  record: await tenantry.exportRecord('acme'),
  resealed: await tenantry.resealSecrets(),
  givenUp: await tenantry.giveUp('acme'),
  pools: tenantry.poolsReport(),
};
export const schedule = { all: await schedules.list(), changes: await schedules.apply() };

export const pool = await tenantry.pool('acme');
const { rows } = await pool.query<{ id: number }>('select 1 as id');
export const ids: number[] = rows.map(({ id }) => id);
// @ts-expect-error Rows have the type that was asked for.
rows[0]?.nothing;
// @ts-expect-error The fleet has no such plan.
await tenantry.start.onboard({ id: 'acme', plan: 'gold' });
