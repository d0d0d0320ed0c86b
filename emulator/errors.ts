/** An answer that is not success, in Neon's vocabulary. `code` is most often empty there. */
export class NeonError extends Error {
  override readonly name = 'NeonError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, message: string, code = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const badRequest = (message: string) => new NeonError(400, message);
export const forbidden = (message: string) => new NeonError(403, message);
export const notFound = (message: string) => new NeonError(404, message);
export const conflict = (message: string, code = '') => new NeonError(409, message, code);
export const unprocessable = (message: string, code = '') => new NeonError(422, message, code);
export const notEmulated = (what: string) => new NeonError(501, `${what} is not emulated`);
export const locked = () =>
  new NeonError(
    423,
    'project already has running conflicting operations, scheduling of new ones is prohibited',
  );
