/**
 * Why a workspace's Postgres does not do what it is asked. `moving`: it reads and does not write. `quota`: Neon keeps it asleep.
 * `full`: nothing more fits in. `slow`: it took too long, or two were in each other's way. `away`: it does not answer, or lets nobody in.
 */
export type DatabaseTrouble = 'moving' | 'quota' | 'full' | 'slow' | 'away';

/** By SQLSTATE, by what Node calls a failure of the network, or by the sentence of Neon and of `pg`, which have no code for it. */
const signs: readonly (readonly [DatabaseTrouble, { readonly code?: RegExp; readonly message?: RegExp }])[] =
  [
    ['moving', { code: /^25006$/ }],
    ['quota', { message: /exceeded the .* quota/i }],
    ['full', { code: /^53100$/ }],
    ['full', { message: /project size limit/i }],
    ['slow', { code: /^(57014|40001|40P01|55P03)$/ }],
    ['slow', { message: /^Query read timeout/ }],
    ['away', { code: /^(57P0\d|08\w{3}|28\w{3}|53\w{3}|58\w{3}|3D000|42501|XX000)$/ }],
    ['away', { code: /^(ECONN\w+|E(HOST|NET)(UNREACH|DOWN)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/ }],
    ['away', { message: /^(Connection terminated|timeout exceeded)/ }],
  ];

/** Nothing for an error that no Postgres and no network is the reason of, such as a defect. */
export function databaseTroubleOf(error: unknown): DatabaseTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return signs.find(
    ([, sign]) => (sign.code?.test(code) ?? true) && (sign.message?.test(error.message) ?? true),
  )?.[0];
}
