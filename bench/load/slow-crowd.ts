// Clients that are slow in one way each: a body or a head at one byte a second, an answer of 5 MiB that
// is read at 1 KiB a second, or a connection that has had its answer and says nothing more.

import { type Socket, connect } from "node:net";

/** How many of each kind. */
export interface SlowCrowd {
  readonly uploads: number;
  readonly heads: number;
  readonly readers: number;
  readonly idle?: number;
}

/** Each client acts once a second, and not all in the same moment. */
const TICK_MS = 20;
const TICKS_PER_SECOND = 50;
const READ_BYTES = 1024;
/** New connections at a time, and the pause between: the backlog of a server isn't what is measured. */
const BATCH = 100;
const BATCH_MS = 20;
/** Until all idle connections have had their answer. */
const ANSWER_MS = 10_000;

const UPLOAD = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
const HEAD = "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ";
const LARGE = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
const HELLO = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const GOOD = /^HTTP\/1\.[01] 200 /;

export class SlowClients {
  readonly #port: number;
  readonly #sockets: Set<Socket> = new Set();
  readonly #senders: Set<Socket> = new Set();
  readonly #readers: Set<Socket> = new Set();
  readonly #ticks: NodeJS.Timeout;
  readonly #opening: NodeJS.Timeout;
  readonly #answered: Set<Socket> = new Set();
  #turn = 0;

  constructor(port: number, crowd: SlowCrowd) {
    this.#port = port;
    const waiting: (() => void)[] = [];
    for (let i = 0; i < crowd.uploads; i++) waiting.push(() => this.#send(UPLOAD));
    for (let i = 0; i < crowd.heads; i++) waiting.push(() => this.#send(HEAD));
    for (let i = 0; i < crowd.readers; i++) waiting.push(() => this.#read());
    for (let i = 0; i < (crowd.idle ?? 0); i++) waiting.push(() => this.#ask());
    this.#opening = setInterval(() => {
      for (const open of waiting.splice(0, BATCH)) open();
      if (waiting.length === 0) clearInterval(this.#opening);
    }, BATCH_MS);
    this.#ticks = setInterval(() => this.#tick(), TICK_MS);
  }

  /** How many idle clients have had their answer and are still connected, when all have or time is over. */
  async kept(count: number): Promise<number> {
    const limit = Date.now() + ANSWER_MS;
    while (this.#answered.size < count && Date.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
    }
    return this.#answered.size;
  }

  end(): void {
    clearInterval(this.#opening);
    clearInterval(this.#ticks);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(first: string): Socket {
    const socket = connect(this.#port, "127.0.0.1");
    this.#sockets.add(socket);
    socket.on("error", () => {}); // A server may refuse or drop it: that is its way of coping.
    socket.on("close", () => {
      this.#senders.delete(socket);
      this.#readers.delete(socket);
      this.#sockets.delete(socket);
      this.#answered.delete(socket);
    });
    socket.write(first);
    return socket;
  }

  #send(first: string): void {
    const socket = this.#open(first);
    socket.resume();
    this.#senders.add(socket);
  }

  #read(): void {
    const socket = this.#open(LARGE);
    socket.pause();
    this.#readers.add(socket);
  }

  #ask(): void {
    const socket = this.#open(HELLO);
    socket.once("data", (answer: Buffer) => {
      if (GOOD.test(answer.toString("latin1"))) this.#answered.add(socket);
    });
    // A server that doesn't keep connections ends them.
    socket.on("end", () => socket.destroy());
  }

  #tick(): void {
    this.#turn = (this.#turn + 1) % TICKS_PER_SECOND;
    let index = 0;
    for (const socket of this.#sockets) {
      if (++index % TICKS_PER_SECOND !== this.#turn) continue;
      if (this.#senders.has(socket)) socket.write("x");
      else if (this.#readers.has(socket)) socket.read(READ_BYTES);
    }
  }
}
