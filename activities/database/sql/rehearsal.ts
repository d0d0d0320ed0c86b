import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';
import type { RehearsedFile } from '../../../tenancy/rehearsal.js';
import { ownSchema } from './turn.js';

/**
 * The rehearsal's observations so far, kept on the branch itself: a row is committed or rolled back together
 * with its file.
 */
const rehearsal = `${ownSchema}.rehearsal`;

export async function ensureRehearsal(client: pg.Client): Promise<void> {
  await client.query(
    `create table if not exists ${rehearsal} (name text primary key, round int4 not null, file json not null)`,
  );
}

export async function keepFile(client: pg.Client, round: number, file: RehearsedFile): Promise<void> {
  await client.query(
    `insert into ${rehearsal} (name, round, file) values ($1, $2, $3)
     on conflict (name) do update set round = excluded.round, file = excluded.file`,
    [file.name, round, JSON.stringify(file)],
  );
}

/**
 * In the order of application. Throws `NeonOperationFailed` if the branch still has the files of an earlier
 * round.
 */
export async function keptFiles(client: pg.Client, round: number): Promise<RehearsedFile[]> {
  const { rows } = await client.query<{ round: number; file: RehearsedFile }>(
    `select r.round, r.file from ${rehearsal} r left join ${ownSchema}.migrations m on m.name = r.name order by m.id`,
  );
  if (rows.some((row) => row.round !== round))
    throw failure(
      'NeonOperationFailed',
      'Neon says that the branch was reset, and it has what was applied before',
    );
  return rows.map(({ file }) => file);
}
