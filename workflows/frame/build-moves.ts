import type { Workflow, WorkflowDefinitionOptions } from '@temporalio/common';
import { setWorkflowOptions } from '@temporalio/workflow';

/*
 * Where workers are told apart by build (docs/deploying.md), each workflow says whether its runs move to the next one.
 */

/**
 * The global that such a worker sets before it loads the workflows' code. On any other worker Temporal refuses every task of
 * a workflow that says so.
 */
export const buildsSwitch = 'tenantryTellsBuildsApart';

/** A run ends on the build that it began on: it is done within minutes, so that build can be kept for as long. */
export function staysOnItsBuild(workflow: Workflow): void {
  declare(workflow, 'PINNED');
}

/**
 * A run moves to the current build with its next task: it waits for days, and no build is kept that long. So its code must stay
 * able to go on with what earlier releases began, which the replay tests see to.
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
