import type { PoolClient } from 'pg';
import type { TenantPool } from 'tenantry/client';
import { inTransaction } from '../database/in-transaction.js';
import type { Embedder } from '../embeddings/embedder.js';
import { aloneWithPassages } from './alone-with-passages.js';

/** A model of which the tenant keeps vectors. */
export interface KeptModel {
  readonly id: number;
  readonly model: string;
  readonly dimensions: number;
  /** `live`: the one that search asks. `filling`: the next one. */
  readonly state: 'filling' | 'live' | 'leaving';
}

type Named = Pick<Embedder, 'model' | 'dimensions'>;
type Queryable = TenantPool | PoolClient;

/** Where the model's vectors are: a table of the application's own. */
export function vectorTable({ id }: Pick<KeptModel, 'id'>): string {
  if (!Number.isInteger(id)) throw new TypeError('the id of a model is a whole number');
  return `app.vectors_${id}`;
}

export async function keptModels(db: Queryable): Promise<readonly KeptModel[]> {
  const { rows } = await db.query<KeptModel>(
    'select id, model, dimensions, state from embedding_models order by id',
  );
  return rows;
}

/** The model that search asks; none before the first document. */
export async function liveModel(db: Queryable): Promise<KeptModel | undefined> {
  return (await keptModels(db)).find(({ state }) => state === 'live');
}

/** The models that need a vector of every passage. */
export async function neededModels(db: Queryable): Promise<readonly KeptModel[]> {
  return (await keptModels(db)).filter(({ state }) => state !== 'leaving');
}

/**
 * Makes a table for the model's vectors. A tenant's first model is live from the start; any other one is filled beside the
 * live one. Of an earlier change that came to no end nothing is left.
 */
export function startModel(pool: TenantPool, { model, dimensions }: Named): Promise<KeptModel> {
  return aloneWithPassages(pool, async (client) => {
    await client.query('lock table embedding_models in share row exclusive mode');
    const kept = await keptModels(client);
    const same = kept.find((each) => each.model === model && each.state !== 'leaving');
    if (same !== undefined && same.dimensions !== dimensions) {
      throw new Error(`the model ${model} has ${dimensions} dimensions, and had ${same.dimensions}`);
    }
    for (const each of kept) if (each !== same && each.state !== 'live') await drop(client, each);
    if (same !== undefined) return same;
    const state = kept.some((each) => each.state === 'live') ? 'filling' : 'live';
    const id = Math.max(0, ...kept.map((each) => each.id)) + 1;
    await client.query(
      'insert into embedding_models (id, model, dimensions, state) values ($1, $2, $3, $4)',
      [id, model, dimensions, state],
    );
    await client.query(
      `create table ${vectorTable({ id })} (text_hash bytea primary key, vector halfvec(${Number(dimensions)}) not null)`,
    );
    return { id, model, dimensions, state };
  });
}

/** How far a model is filled. */
export interface ModelProgress {
  readonly done: number;
  readonly of: number;
}

export async function modelProgress(db: Queryable, model: KeptModel): Promise<ModelProgress> {
  const { rows } = await db.query<ModelProgress>(
    `select count(vector)::integer as done, count(*)::integer as of
     from (${textsOfLivePassages}) texts left join ${vectorTable(model)} using (text_hash)`,
  );
  return rows[0] ?? { done: 0, of: 0 };
}

const textsOfLivePassages = `
  select distinct text_hash from passages p
  join documents d on d.id = p.document_id and d.live_version = p.version and d.deleted_at is null`;

/** From one moment to the next, search asks the new model. Returns whether it does: not while a passage has no vector of it. */
export function switchModel(pool: TenantPool, id: number): Promise<boolean> {
  return aloneWithPassages(pool, async (client) => {
    const next = (await keptModels(client)).find((each) => each.id === id);
    if (next?.state === 'live') return true;
    if (next?.state !== 'filling') throw new Error('the model is not being filled');
    const { done, of } = await modelProgress(client, next);
    if (done < of) return false;
    await client.query(`update embedding_models set state = 'leaving' where state = 'live'`);
    await client.query(`update embedding_models set state = 'live' where id = $1`, [id]);
    return true;
  });
}

/** Removes the vectors of models that search no longer asks. */
export function dropLeavingModels(pool: TenantPool): Promise<void> {
  return inTransaction(pool, async (client) => {
    for (const each of await keptModels(client)) if (each.state === 'leaving') await drop(client, each);
  });
}

async function drop(client: PoolClient, model: KeptModel): Promise<void> {
  await client.query(`drop table if exists ${vectorTable(model)}`);
  await client.query('delete from embedding_models where id = $1', [model.id]);
}
