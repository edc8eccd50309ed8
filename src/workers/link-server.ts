/**
 * Where workers connect (wire §1.1): a Unix socket in a folder that only this user can enter. The
 * first frame must be a HELLO of our version with a token that is expected; anything else is turned
 * away. Each nursery has a token of its own, which says whose worker it is.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HEADER_BYTES, WIRE_VERSION, WorkerFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";

/** A HELLO is far shorter. */
const MAX_HELLO_BYTES = 1024;
const HELLO_TIMEOUT_MS = 10_000;

/** A worker has said HELLO; `received` are the bytes read so far. */
export type OnWorker = (socket: Socket, pid: number, received: Buffer) => void;

export class LinkServer {
  readonly path: string;
  /** Only this user can enter it; removed at the end. */
  readonly folder: string;
  readonly #server: Server;
  readonly #expected: Map<string, OnWorker> = new Map();

  /** @throws when no folder can be made: the message names the folder and TMPDIR. */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "wizgy-"));
    this.path = join(this.folder, "link");
    this.#server = createServer((socket) => greet(socket, this.#expected));
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

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.path, resolve);
    });
  }

  close(): void {
    this.#server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function greet(socket: Socket, expected: ReadonlyMap<string, OnWorker>): void {
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
    const [token = "", pid] = reader.payload().toString("latin1").split("\0");
    const isHello = reader.type === WorkerFrame.hello && reader.status === WIRE_VERSION;
    const onWorker = isHello ? expected.get(token) : undefined;
    if (onWorker === undefined || received.length < HEADER_BYTES) {
      socket.destroy();
      return;
    }
    socket.setTimeout(0);
    socket.off("data", onData);
    onWorker(socket, Number(pid), received);
  };
  socket.on("data", onData);
}
