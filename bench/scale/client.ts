// One connection that asks for `/` and waits for the answer.

import { once } from "node:events";
import { type Socket, connect } from "node:net";

const REQUEST = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
const GOOD = /^HTTP\/1\.1 200 /;

export class Client {
  readonly #socket: Socket;
  #heard: (answer: string) => void = () => {};
  #lost: (why: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    // The answers of the applications here are short: they come in one piece.
    socket.on("data", (data: Buffer) => this.#heard(data.toString("latin1", 0, 100)));
    socket.on("error", (error) => this.#lost(error));
    socket.on("close", () => this.#lost(new Error("the server has closed a connection")));
  }

  static async open(port: number): Promise<Client> {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return new Client(socket);
  }

  /** Rejects when the status isn't 200. */
  async ask(): Promise<void> {
    const answer = await new Promise<string>((resolve, reject) => {
      this.#heard = resolve;
      this.#lost = reject;
      this.#socket.write(REQUEST);
    });
    if (!GOOD.test(answer)) throw new Error(`answered with ${answer.split("\r\n", 1)[0]}`);
  }

  end(): void {
    this.#lost = () => {};
    this.#socket.destroy();
  }
}
