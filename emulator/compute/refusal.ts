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
