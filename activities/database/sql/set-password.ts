import { scramVerifier } from './scram-verifier.js';

/**
 * Runs a transaction that gives a role a password, with the password's verifier in its place. Neon refuses that, with the
 * commit, for it tells its control plane of the password: there the transaction runs again with the password itself.
 */
export async function settingPassword<T>(
  password: string,
  transaction: (secret: string) => Promise<T>,
): Promise<T> {
  try {
    return await transaction(scramVerifier(password));
  } catch (error) {
    if (!refusesVerifiers(error)) throw error;
    return transaction(password);
  }
}

/** Neon's own sentence, with the SQLSTATE of an internal error. */
function refusesVerifiers(error: unknown): boolean {
  return error instanceof Error && /plaintext passwords/.test(error.message);
}
