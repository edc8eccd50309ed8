/**
 * Where workers connect (wire §1.1): a Unix socket in a folder that only this user can enter. The
 * first frame must be a HELLO of our version with our token; anything else is turned away.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HEADER_BYTES, WIRE_VERSION, WorkerFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";

/** A HELLO is far shorter. */
const MAX_HELLO_BYTES = 1024;
const HELLO_TIMEOUT_MS = 10_000;

export class LinkServer {
  readonly path: string;
  /** What a worker must know. */
  token = "";
  readonly #directory: string;
  readonly #server: Server;

  /**
   * @param onWorker - a worker has said HELLO; `received` are the bytes read so far.
   * @throws when no folder can be made: the message names the folder and TMPDIR.
   */
  constructor(onWorker: (socket: Socket, pid: number, received: Buffer) => void) {
    this.#directory = mkdtempSync(join(tmpdir(), "wizgy-"));
    this.path = join(this.#directory, "link");
    this.#server = createServer((socket) => greet(socket, () => this.token, onWorker));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.path, resolve);
    });
  }

  close(): void {
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function greet(
  socket: Socket,
  token: () => string,
  onWorker: (socket: Socket, pid: number, received: Buffer) => void,
): void {
  let received: Buffer = Buffer.alloc(0);
  socket.setTimeout(HELLO_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {}); // A worker that dies here is reported by the nursery.
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const reader = new FrameReader();
    reader.push(received);
    try {
      if (received.length <= MAX_HELLO_BYTES && !reader.next()) return;
    } catch {
      // No frame of ours: what comes below turns it away.
    }
    const [given, pid] = reader.payload().toString("latin1").split("\0");
    const valid =
      reader.type === WorkerFrame.hello && reader.status === WIRE_VERSION && given === token();
    if (!valid || received.length < HEADER_BYTES) {
      socket.destroy();
      return;
    }
    socket.setTimeout(0);
    socket.off("data", onData);
    onWorker(socket, Number(pid), received);
  };
  socket.on("data", onData);
}
