import pg from 'pg';

/**
 * A client that only logs in with SCRAM: the password never leaves this process, and the server proves that it knows it. `pg` has no
 * option for that and does what the server asks. A server that asks for the password or its MD5, or that lets us in without a
 * proof, gets neither, and `connect` throws.
 */
export class ScramClient extends pg.Client {
  /** `pg` has it, and its types do not. */
  declare readonly connection: pg.Connection;
  /** `pg` sets it to null once the server's proof is verified. */
  declare readonly saslSession?: object | null;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // These run before the listeners of `pg`, which are attached on connect, and then find the connection closed.
    this.connection.on('authenticationCleartextPassword', () =>
      this.#refuse('asked for the password in clear'),
    );
    this.connection.on('authenticationMD5Password', () => this.#refuse('asked for the MD5 of the password'));
    this.connection.on('authenticationOk', () => {
      if (this.saslSession !== null) this.#refuse('did not prove that it knows the password');
    });
  }

  #refuse(what: string): void {
    // The rest of the same packet must not count as a login.
    this.connection.removeAllListeners('readyForQuery');
    this.connection.stream.destroy(new Error(`the server ${what}, so it got nothing: only SCRAM is trusted`));
  }
}
