/**
 * A Postgres ErrorResponse, which a server may send at any moment of the start of a connection. 57P03 is
 * `cannot_connect_now`; a driver shows it with this message.
 */
export function refusal(message: string, sqlState = '57P03'): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** What a client reads of an error that keeps it out; the error may name an SQLSTATE of its own. */
export function refusalOf(error: unknown): Buffer {
  if (!(error instanceof Error)) return refusal(String(error));
  const named = 'sqlState' in error && typeof error.sqlState === 'string' ? error.sqlState : undefined;
  return refusal(error.message, named);
}
