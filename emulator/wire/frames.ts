import type { Duplex } from 'node:stream';

/** One message of Postgres's protocol: `raw` is all of it, `body` what follows its length. */
export interface Frame {
  readonly type: string;
  readonly body: Buffer;
  readonly raw: Buffer;
}

/** The limits of Postgres itself: of a startup packet, and of a message before a client is known. */
const longestStartup = 10_000;
const longestMessage = 65_535;

/**
 * Reads a stream message by message and not one byte further, so that afterwards the rest of it can be piped.
 * Every method throws when the stream ends first or what comes is no message.
 */
export class Frames {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** The first byte, left where it is. */
  async peek(): Promise<number> {
    const first = await this.#take(1);
    this.#stream.unshift(first);
    return first.readUInt8();
  }

  /** A packet of the start, which has a length and no type. */
  async startup(): Promise<Buffer> {
    const head = await this.#take(4);
    return Buffer.concat([head, await this.#take(bodyLength(head, longestStartup))]);
  }

  async next(): Promise<Frame> {
    const head = await this.#take(5);
    const body = await this.#take(bodyLength(head.subarray(1), longestMessage));
    return { type: head.toString('latin1', 0, 1), body, raw: Buffer.concat([head, body]) };
  }

  async #take(length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const taken: Buffer | null = this.#stream.read(length);
      // At its end a stream gives what it has, however little that is.
      if (taken?.length === length) return taken;
      if (taken !== null || this.#stream.readableEnded || this.#stream.destroyed) throw gone();
      await readable(this.#stream);
    }
  }
}

const gone = () => new Error('the other side has gone');

function bodyLength(head: Buffer, longest: number): number {
  const length = head.readInt32BE() - 4;
  if (length < 0 || length > longest) throw new Error('this is not the protocol of Postgres');
  return length;
}

function readable(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const ends = ['end', 'close', 'error'] as const;
    const forget = () => {
      stream.off('readable', come);
      for (const end of ends) stream.off(end, went);
    };
    const come = () => {
      forget();
      resolve();
    };
    const went = () => {
      forget();
      reject(gone());
    };
    stream.once('readable', come);
    for (const end of ends) stream.once(end, went);
  });
}
