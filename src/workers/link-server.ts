/**
 * Where workers connect (wire §1.1): a Unix socket in a folder that only this user can enter. The
 * first frame must be a HELLO of our version with a token that is expected; anything else is turned
 * away. Each nursery has a token of its own, which says whose worker it is.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { type Server, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Lender, ReadMemory } from "../base/read-memory.ts";
import { readInto } from "../sockets/read-buffer.ts";
import { HEADER_BYTES, WIRE_VERSION, WorkerFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";

/** A HELLO is far shorter. */
const MAX_HELLO_BYTES = 1024;
/** What is read of a link at a time: who keeps a small view keeps all of it. */
const READ_BYTES = 64 * 1024;
/** The same when more than that is known to come, of one body. */
const LARGE_READ_BYTES = 256 * 1024;
/** So much memory for reads stays with a link after a burst of large answers: 0.4 MiB. */
const MAX_FREE_READS = 2;
const MAX_FREE_LARGE_READS = 1;
const HELLO_TIMEOUT_MS = 10_000;

/** A worker that has said HELLO. */
export interface Greeted {
  readonly socket: Socket;
  readonly pid: number;
  /** The bytes read so far. */
  readonly received: Buffer;
}

/** Who takes what a worker sends. */
export interface LinkReader {
  /**
   * @param chunk - in memory that is used again, unless views of it are kept.
   * @param lender - of that memory.
   */
  receive(chunk: Buffer, lender: Lender): void;
  /** So much is known to come next. */
  readonly awaitedBytes: number;
}

/** Gives who takes what the worker sends from here on; null: it was turned away. */
export type OnWorker = (link: Greeted) => LinkReader | null;

export class LinkServer {
  readonly path: string;
  /** Only this user can enter it; removed at the end. */
  readonly folder: string;
  readonly #server: Server;
  readonly #expected: Map<string, OnWorker> = new Map();

  /** @throws when no folder can be made: the message names the folder and TMPDIR. */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "wizgy-"));
    chmodSync(this.folder, 0o700); // A mask could have taken even the user's own rights.
    this.path = join(this.folder, "link");
    this.#server = createServer({ pauseOnConnect: true }, (socket) =>
      greet(socket, this.#expected),
    );
  }

  /** Makes a token for a nursery. Until `forget`, workers that say it are handed to `onWorker`. */
  expect(onWorker: OnWorker): string {
    const token = randomBytes(16).toString("hex");
    this.#expected.set(token, onWorker);
    return token;
  }

  /** Workers with this token are turned away from now on. */
  forget(token: string): void {
    this.#expected.delete(token);
  }

  /** Only the first call does something. */
  listen(): Promise<void> {
    if (this.#server.listening) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.path, () => {
        chmodSync(this.path, 0o600);
        resolve();
      });
    });
  }

  /** From now on that user, and root, can enter it, and this one can't. To be called as root. */
  giveTo(uid: number, gid: number): void {
    chownSync(this.path, uid, gid);
    chownSync(this.folder, uid, gid);
  }

  close(): void {
    this.#server.close();
    try {
      rmSync(this.folder, { recursive: true, force: true });
    } catch {
      // It was given to another user, whose processes remove it.
    }
  }
}

function greet(socket: Socket, expected: ReadonlyMap<string, OnWorker>): void {
  let received: Buffer = Buffer.alloc(0);
  let reader: LinkReader | null = null;
  const usual = new ReadMemory(READ_BYTES, MAX_FREE_READS);
  const large = new ReadMemory(LARGE_READ_BYTES, MAX_FREE_LARGE_READS);
  let memory = usual;
  const onHello = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const frame = new FrameReader();
    frame.push(received);
    try {
      if (received.length <= MAX_HELLO_BYTES && !frame.next()) return;
    } catch {
      // No frame of ours: what comes below turns it away.
    }
    const [token = "", pid] = frame.payload().toString("latin1").split("\0");
    const isHello = frame.type === WorkerFrame.hello && frame.status === WIRE_VERSION;
    const onWorker = isHello ? expected.get(token) : undefined;
    if (onWorker === undefined || received.length < HEADER_BYTES) {
      socket.destroy();
      return;
    }
    socket.setTimeout(0);
    reader = onWorker({ socket, pid: Number(pid), received });
  };
  const nextRead = (): Buffer => {
    memory = reader !== null && reader.awaitedBytes > READ_BYTES ? large : usual;
    return memory.next();
  };
  readInto(socket, nextRead, (chunk) => {
    if (reader === null) onHello(chunk);
    else reader.receive(chunk, memory.lender);
  });
  socket.setTimeout(HELLO_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {}); // A worker that dies here is reported by the nursery.
}
