import type pg from 'pg';

/** Closes a connection without waiting for the server, which may be unreachable. A pool does not reuse it. */
export function closeNow(client: pg.ClientBase): void {
  const { connection, end } = client as pg.ClientBase & {
    readonly connection: pg.Connection;
    end(): Promise<void>;
  };
  // `end` sends the goodbye and marks the connection as closing; only a live server answers it.
  end.call(client).catch(() => {});
  connection.stream.destroy();
}
