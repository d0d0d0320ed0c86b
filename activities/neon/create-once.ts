import { z } from 'zod';
import type { Project } from '../../catalog/projects.js';
import type { NeonClient } from '../../neon/neon-client.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { NeonOperation } from '../../neon/operations.js';
import {
  findProject,
  type NeonProject,
  type ProjectRequest,
  createProject as postProject,
} from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Timings } from '../../tenancy/timings.js';
import type { OwnProject } from './foreign-project.js';
import { lookForProjects } from './look-for-project.js';

/** The result of a create. An attempt passes it on to the next attempts, so it contains nothing secret. */
export const projectCreatedSchema = z.object({
  projectId: z.string(),
  /** The project's name at Neon. */
  name: z.string(),
  /** The operations that the create started; empty if its reply was lost. */
  operationIds: z.array(z.string()),
  /** Neon's id of its region; absent if the reply was lost. */
  region: z.string().optional(),
  /**
   * Whether the owner's connection string is sealed in the catalog. It is not if the reply with it was lost.
   */
  ownerKnown: z.boolean(),
  /** Whether Neon may have accepted more than one create, so that there may be more than one project. */
  createdAgain: z.boolean(),
});

export type ProjectCreated = z.output<typeof projectCreatedSchema>;

/** The same, with the operations as the reply tells them; absent if it was lost. */
export interface ProjectJustCreated extends ProjectCreated {
  readonly started?: readonly NeonOperation[];
}

/** Reads and records the creates of a project in the catalog. */
export interface CreateLedger {
  readonly known: Project;
  markPosted(region: string): Promise<void>;
  clearPosted(outcome: 'refused' | 'not-seen'): Promise<void>;
  recordCreated(projectId: string, owner: string): Promise<void>;
  recordFound(projectId: string): Promise<void>;
}

interface Creating {
  readonly neon: NeonClient;
  readonly ledger: CreateLedger;
  readonly request: () => ProjectRequest;
  /** Throws for a project other than the requested one, whose id must not be recorded. */
  readonly compare: (project: NeonProject, asked: OwnProject) => Promise<void>;
  readonly timings: Pick<Timings, 'createGrace' | 'operationPoll'>;
  readonly signal: AbortSignal;
}

/**
 * Creates a project exactly once. Neon has no idempotency key, so the catalog records each create before it
 * is sent, and an attempt that finds such a record looks before it acts. An attempt that creates makes one
 * call to Neon.
 */
export async function createOnce(creating: Creating): Promise<ProjectJustCreated> {
  const { known } = creating.ledger;
  if (known.neonId !== undefined) return adopted(known, known.neonId);
  return known.createAgeMs === undefined ? post(creating) : adopt(creating);
}

async function post({ neon, ledger, request, compare, signal }: Creating): Promise<ProjectJustCreated> {
  const asked = request();
  await ledger.markPosted(asked.region_id);
  try {
    const created = await postProject(neon, asked, signal);
    // If it is another project, the record of the create stays: ours may exist all the same.
    await compare(created.project, { name: asked.name, region: asked.region_id });
    const [owner] = created.connection_uris;
    if (owner === undefined) throw new Error('a reply without a connection passed its schema');
    await ledger.recordCreated(created.project.id, owner.connection_uri);
    return {
      projectId: created.project.id,
      name: asked.name,
      operationIds: created.operations.map(({ id }) => id),
      region: asked.region_id,
      // A create starts some: where the reply lists none, they are not known.
      ...(created.operations.length > 0 ? { started: created.operations } : {}),
      ownerKnown: true,
      // `known` was read before this create, so it does not count it.
      createdAgain: ledger.known.createPosts > 0,
    };
  } catch (error) {
    if (isNeonError(error) && !mayHaveCreated.has(error.type)) await ledger.clearPosted('refused');
    throw error;
  }
}

/** Failures after which a project may exist all the same. */
const mayHaveCreated: ReadonlySet<string> = new Set(['NeonOutcomeUnknown', 'NeonContractViolation']);

async function adopt({ neon, ledger, compare, timings, signal }: Creating): Promise<ProjectJustCreated> {
  const { known } = ledger;
  const found = await lookForProjects(neon, known, timings, signal);
  const [oldest] = found;
  if (oldest === undefined) {
    await ledger.clearPosted('not-seen');
    throw notSeen(`no project "${known.name}" came of the create whose answer was lost; creating it again`);
  }
  // From here on Tenantry may change the project's data, so the list is not proof enough: one more call, only
  // after a lost reply.
  const project = await findProject(neon, oldest.id, signal);
  if (project === undefined) throw notSeen(`project ${oldest.id} is gone since it was listed; looking again`);
  await compare(project, known);
  await ledger.recordFound(project.id);
  return adopted(known, project.id, found.length);
}

function notSeen(message: string) {
  return failure('NeonCreateNotSeen', message, { retryAfterMs: 1 });
}

function adopted({ name, createPosts }: Project, projectId: string, found = 1): ProjectJustCreated {
  return {
    projectId,
    name,
    operationIds: [],
    ownerKnown: false,
    createdAgain: createPosts > 1 || found > 1,
  };
}
