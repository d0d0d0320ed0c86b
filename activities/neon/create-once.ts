import { z } from 'zod';
import type { Project } from '../../catalog/projects.js';
import type { NeonClient } from '../../neon/neon-client.js';
import { isNeonError } from '../../neon/neon-error.js';
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

/** What came of a create: an attempt leaves it to those after it, so it holds nothing secret. */
export const projectCreatedSchema = z.object({
  projectId: z.string(),
  /** What it is called at Neon. */
  name: z.string(),
  /** The operations that the create started; none are named when its reply was lost. */
  operationIds: z.array(z.string()),
  /** The owner's connection string is sealed in the catalog. It is not when the reply that held it was lost. */
  ownerKnown: z.boolean(),
  /** More than one create was sent that Neon did not certainly refuse, so there may be more than one project. */
  createdAgain: z.boolean(),
});

export type ProjectCreated = z.output<typeof projectCreatedSchema>;

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
  /** Throws for a project other than the requested one: its id must not be recorded. */
  readonly compare: (project: NeonProject, asked: OwnProject) => Promise<void>;
  readonly timings: Pick<Timings, 'createGrace' | 'operationPoll'>;
  readonly signal: AbortSignal;
}

/**
 * Makes a project, once. Neon has no idempotency key, so the catalog notes each create before it is sent, and an attempt
 * that finds such a note looks before it acts. An attempt that creates makes one call to Neon.
 */
export async function createOnce(creating: Creating): Promise<ProjectCreated> {
  const { known } = creating.ledger;
  if (known.neonId !== undefined) return adopted(known, known.neonId);
  return known.createAgeMs === undefined ? post(creating) : adopt(creating);
}

async function post({ neon, ledger, request, compare, signal }: Creating): Promise<ProjectCreated> {
  const asked = request();
  await ledger.markPosted(asked.region_id);
  try {
    const created = await postProject(neon, asked, signal);
    // Where it is another one, the note of the create stays: a project of ours may exist all the same.
    await compare(created.project, { name: asked.name, region: asked.region_id });
    const [owner] = created.connection_uris;
    if (owner === undefined) throw new Error('a reply without a connection passed its schema');
    await ledger.recordCreated(created.project.id, owner.connection_uri);
    return {
      projectId: created.project.id,
      name: asked.name,
      operationIds: created.operations.map(({ id }) => id),
      ownerKnown: true,
      // This one is not counted yet in what was known before it.
      createdAgain: ledger.known.createPosts > 0,
    };
  } catch (error) {
    if (isNeonError(error) && !mayHaveCreated.has(error.type)) await ledger.clearPosted('refused');
    throw error;
  }
}

/** Returns after which a project may exist all the same. */
const mayHaveCreated: ReadonlySet<string> = new Set(['NeonOutcomeUnknown', 'NeonContractViolation']);

async function adopt({ neon, ledger, compare, timings, signal }: Creating): Promise<ProjectCreated> {
  const { known } = ledger;
  const found = await lookForProjects(neon, known, timings, signal);
  const [oldest] = found;
  if (oldest === undefined) {
    await ledger.clearPosted('not-seen');
    throw notSeen(`no project "${known.name}" came of the create whose answer was lost; creating it again`);
  }
  // From here on its data would be ours to change, so the list is not enough: a call more, where a reply was lost.
  const project = await findProject(neon, oldest.id, signal);
  if (project === undefined) throw notSeen(`project ${oldest.id} is gone since it was listed; looking again`);
  await compare(project, known);
  await ledger.recordFound(project.id);
  return adopted(known, project.id, found.length);
}

function notSeen(message: string) {
  return failure('NeonCreateNotSeen', message, { retryAfterMs: 1 });
}

function adopted({ name, createPosts }: Project, projectId: string, found = 1): ProjectCreated {
  return { projectId, name, operationIds: [], ownerKnown: false, createdAgain: createPosts > 1 || found > 1 };
}
