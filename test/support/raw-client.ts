/**
 * A client on a raw socket: sends the bytes that a test wrote, reads answers with a parser of its
 * own. Every wait is for something to arrive and is bounded, so a server that hangs fails the test
 * with a sentence that says what was waited for and what had come.
 */
import { type Socket, connect } from "node:net";

import { type Answer, parseAnswer } from "./answer.ts";

/** Far more than any answer of the tests takes; only a hang is longer. */
const BOUND_MS = 30_000;

export class RawClient {
  readonly socket: Socket;
  #pieces: Buffer[] = [];
  #ended = false;
  #receivedBytes = 0;
  readonly #watchers: Set<() => void> = new Set();

  /** @param address - a port on 127.0.0.1, or the path of a Unix socket. */
  static open(address: number | string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = typeof address === "number" ? connect(address, "127.0.0.1") : connect(address);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new RawClient(socket));
      });
    });
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {}); // A reset counts as the end; "close" follows.
    socket.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#receivedBytes += piece.length;
      this.#look();
    });
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.#ended = true;
        this.#look();
      });
    }
  }

  /** Bytes received in all. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** What has come and was not taken yet, as latin-1. */
  get waiting(): string {
    return this.#bytes().toString("latin1");
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Text is latin-1. */
  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.socket.write(data, "latin1");
    else this.socket.write(data);
  }

  /** Sends and waits until the system has taken it: for bodies that don't fit in memory. */
  async sendAll(data: Uint8Array): Promise<void> {
    if (this.#ended) throw new Error("the server has ended the connection");
    if (this.socket.write(data)) return;
    await this.#until("the server to read on", () =>
      this.#ended || !this.socket.writableNeedDrain ? true : undefined,
    );
  }

  /**
   * Takes the next answer, with the 1xx before it. Ends with what has come (`complete` false) when
   * the connection ends first.
   * @param method - of the request that it answers.
   */
  async answer(method = "GET"): Promise<Answer> {
    const answer = await this.#until("a complete answer", () => {
      const parsed = parseAnswer(this.#bytes(), method, this.#ended);
      if (parsed !== null && (parsed.complete || this.#ended)) return parsed;
      if (this.#ended) throw new Error(`the connection ended after ${this.#shown()}`);
      return undefined;
    });
    this.#pieces = [this.#bytes().subarray(answer.size)];
    return answer;
  }

  /** Takes the next answer; null when the connection ends without a byte of one. */
  async answerOrEnd(method = "GET"): Promise<Answer | null> {
    await this.#until("an answer or the end", () =>
      this.#ended || this.#bytes().length > 0 ? true : undefined,
    );
    return this.#bytes().length === 0 ? null : this.answer(method);
  }

  /** Waits until the answer that is coming has the text in its content; takes nothing. */
  async partialAnswer(text: string, method = "GET"): Promise<Answer> {
    return this.#until(`${JSON.stringify(text)} in the content`, () => {
      const parsed = parseAnswer(this.#bytes(), method, this.#ended);
      if (parsed?.text.includes(text) === true) return parsed;
      if (this.#ended) throw new Error(`the connection ended after ${this.#shown()}`);
      return undefined;
    });
  }

  /** Waits until the text has come, anywhere; takes nothing. */
  async received(text: string): Promise<void> {
    await this.#until(JSON.stringify(text), () => {
      if (this.waiting.includes(text)) return true;
      if (this.#ended) throw new Error(`the connection ended after ${this.#shown()}`);
      return undefined;
    });
  }

  /** Waits for the end of the connection; gives what came and was not taken. */
  async ended(): Promise<string> {
    await this.#until("the end of the connection", () => (this.#ended ? true : undefined));
    return this.waiting;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #bytes(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  #shown(): string {
    const text = this.waiting;
    return text === "" ? "nothing" : JSON.stringify(text.slice(0, 400));
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until<T>(what: string, attempt: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        this.socket.off("drain", look);
        act();
      };
      const look = (): void => {
        try {
          const result = attempt();
          if (result !== undefined) settle(() => resolve(result));
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const timer = setTimeout(() => {
        const text = `waited ${BOUND_MS / 1000} s for ${what}; had come: ${this.#shown()}`;
        settle(() => reject(new Error(text)));
      }, BOUND_MS);
      this.#watchers.add(look);
      this.socket.on("drain", look);
      look();
    });
  }
}
