import type pg from 'pg';

/** Closes a connection without waiting for the other side, which may be out of reach. A pool does not take it back. */
export function closeNow(client: pg.ClientBase): void {
  const { connection, end } = client as pg.ClientBase & {
    readonly connection: pg.Connection;
    end(): Promise<void>;
  };
  // It says goodbye, and marks the connection as done with; to be answered takes a server.
  end.call(client).catch(() => {});
  connection.stream.destroy();
}
