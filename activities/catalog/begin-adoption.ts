import type { AdoptionProspect } from '../../catalog/adoptions.js';
import { NameTakenError } from '../../catalog/name-taken.js';
import { failure } from '../../tenancy/failures.js';
import { appRoleName } from '../../tenancy/naming.js';
import { holderInWords } from '../../tenancy/project-holder.js';
import { refusal } from '../../tenancy/refusal.js';
import type { Dependencies } from '../dependencies.js';
import { knownPlan } from '../known-plan.js';
import type { AdopteeDatabase } from '../neon/inspect-adoptee.js';
import { type ProjectInput, writerOf } from '../tenant-input.js';
import type { OperationBegun } from './begin-operation.js';
import { takeTenant } from './take-tenant.js';

export interface AdoptionStep extends ProjectInput {
  readonly plan: string;
  readonly reuseErased: boolean;
}

/** What the catalog knows about an adoption. */
export interface AdoptionOutlook {
  /** The tenant has already adopted the project. */
  readonly adopted: boolean;
  /** A run that was terminated may have left roles in the database. */
  readonly leftover: boolean;
}

/** Checks in the catalog whether the tenant may adopt the project, before any request to Neon. */
export function checkAdoption({ catalog }: Dependencies) {
  return async ({ tenant, projectId, reuseErased }: AdoptionStep): Promise<AdoptionOutlook> => {
    const prospect = await catalog.adoptions.prospect(tenant, projectId, reuseErased);
    refuse(prospect, projectId);
    return {
      adopted: prospect.kind === 'adopted',
      leftover: prospect.kind === 'possible' && prospect.leftover,
    };
  };
}

/** Claims the tenant and the project for this run. */
export function beginAdoption({ catalog, fleet, runs }: Dependencies) {
  return async (
    step: AdoptionStep & AdopteeDatabase & { readonly projectName: string },
  ): Promise<OperationBegun> => {
    const { tenant, projectId, projectName, plan, database, owner, reuseErased } = step;
    const appRole = appRoleName(tenant.id);
    // The inspection of the project has already compared the two.
    const { region } = knownPlan(fleet, plan);
    const adoptee = {
      plan,
      projectId,
      projectName,
      region,
      databaseName: database,
      ownerRole: owner,
      appRole,
    };
    try {
      const prospect = await takeTenant({ catalog, runs }, step, (seenClosed) =>
        catalog.adoptions.begin(writerOf(step), adoptee, reuseErased, seenClosed),
      );
      refuse(prospect, projectId);
    } catch (error) {
      if (!(error instanceof NameTakenError)) throw error;
      throw failure('RequestUnfit', `${error.message}; give this one another name at Neon`);
    }
    const found = { nothingToDo: false, wasSuspended: false, hasDatabase: false, hooks: [] };
    return { ...found, plan, projectId, appRole };
  };
}

function refuse(prospect: AdoptionProspect, projectId: string): void {
  if (prospect.kind === 'taken') {
    throw failure('RequestUnfit', `project ${projectId} is ${holderInWords(prospect.by)} already`);
  }
  if (prospect.kind === 'refused') throw failure('TenantStateConflict', refusal('adopt', prospect.state));
}
