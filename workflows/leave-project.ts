import { TypedSearchAttributes } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  log,
  ParentClosePolicy,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { ProjectStep, TenantStep } from '../activities/tenant-step.js';
import { asMarkdownText } from '../tenancy/markdown.js';
import { formerProjectKeeperId } from '../tenancy/naming.js';
import { searchAttributeKeys } from '../tenancy/search-attributes.js';
import { reasonOf } from './failure-reason.js';
import { keepFormerProject } from './keep-former-project.js';
import { orFromOutside } from './shut-out.js';
import type { Steps } from './steps.js';

export interface LeftProject {
  /** What it is called at Neon. */
  readonly name: string;
  readonly keeper: string;
  /** ISO 8601 */
  readonly retireAt: string;
}

/** Makes another project the tenant's live one: the moment from which a move is done. Answers what was left. */
export async function switchTo(
  steps: Steps,
  told: TenantStep,
  to: { readonly kind: 'next-project' | 'former-project'; readonly name: string; readonly projectId: string },
): Promise<LeftProject> {
  const { tenant, timings } = told;
  const keeper = formerProjectKeeperId(tenant.fleet, tenant.id, workflowInfo().runId);
  const retireAt = new Date(Date.now() + timings.moveGrace).toISOString();
  const name = await steps.switchProject({ ...told, ...to, keeper, retireAt });
  return { name, keeper, retireAt };
}

/**
 * Starts the workflow that deletes the project that was left, which outlives this run, and closes that project to the
 * tenant's own role. Where it cannot be closed, it still refuses writes; that is noted, and no more.
 */
export async function leaveProject(steps: Steps, project: ProjectStep, left: LeftProject): Promise<void> {
  const { tenant, projectId, timings } = project;
  await startChild(keepFormerProject, {
    workflowId: left.keeper,
    args: [{ tenant, projectId, name: left.name, retireAt: left.retireAt, timings }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    workflowTaskTimeout: timings.workflowTask,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributeKeys.tenant, value: tenant.id },
      { key: searchAttributeKeys.fleet, value: tenant.fleet },
    ]),
    staticSummary: asMarkdownText(`Keep the former project of tenant ${tenant.id} until its time is up`),
  });
  try {
    await orFromOutside(steps, project, () => steps.closeProject(project));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message } = reasonOf(error);
    log.warn('the former project could not be closed', { message });
  }
}
