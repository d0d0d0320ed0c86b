/** Neon's API, typed, for code with requests to Neon beyond what Tenantry does. */
export { accessProblem } from './access.js';
export { connectionUri } from './connection-uri.js';
export {
  createNeonClient,
  defaultNeonHost,
  type NeonCall,
  type NeonClient,
  type NeonOptions,
  path,
  type ReplyShape,
} from './neon-client.js';
export { isNeonError, NeonError, type NeonFailureType } from './neon-error.js';
export type { NeonObserver, ObservedCall } from './observed-call.js';
export { listOperations, type NeonOperation, type OperationOutcome, outcomeOf } from './operations.js';
export {
  type CreatedProject,
  createProject,
  deleteProject,
  findProjectsNamed,
  type NeonProject,
  type ProjectRequest,
} from './projects.js';
