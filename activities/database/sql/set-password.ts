import { scramVerifier } from './scram-verifier.js';

/**
 * Runs a transaction that sets a role's password, with the password's verifier in its place. Neon refuses a
 * verifier on commit, because it passes the password to its control plane: in that case the transaction runs
 * again with the password itself.
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

/** Neon's own wording; the SQLSTATE is that of an internal error. */
function refusesVerifiers(error: unknown): boolean {
  return error instanceof Error && /plaintext passwords/.test(error.message);
}
