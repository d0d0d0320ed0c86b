import type { Workflow, WorkflowDefinitionOptions } from '@temporalio/common';
import { setWorkflowOptions } from '@temporalio/workflow';

/*
 * On a fleet with versioned workers (docs/deploying.md), each workflow declares whether its runs move to the
 * next build.
 */

/**
 * The global that a versioned worker sets before it loads the workflow code. On any other worker Temporal
 * refuses every task of a workflow that declares a versioning behavior.
 */
export const buildsSwitch = 'tenantryTellsBuildsApart';

/** A run ends on the build that it began on: it takes minutes, and that build can be kept that long. */
export function staysOnItsBuild(workflow: Workflow): void {
  declare(workflow, 'PINNED');
}

/**
 * A run moves to the current build with its next task: it waits for days, and no build is kept that long. So
 * its code must be able to continue the runs of earlier releases; the replay tests check that.
 */
export function movesToTheCurrentBuild(workflow: Workflow): void {
  declare(workflow, 'AUTO_UPGRADE');
}

function declare(
  workflow: Workflow,
  versioningBehavior: NonNullable<WorkflowDefinitionOptions['versioningBehavior']>,
): void {
  if (Reflect.get(globalThis, buildsSwitch) === true) setWorkflowOptions({ versioningBehavior }, workflow);
}
