/**
 * The way an application of the rules talks with its test beside HTTP: a socket on loopback, over
 * which it says how far it has come and waits until the test lets it go on. So the order of things
 * is known without a clock, also on a server that runs one request at a time.
 *
 * The other end is test/apps/pep3333/gate.py.
 */
import { type Server, type Socket, createServer } from "node:net";

const BOUND_MS = 10_000;

export class Gate {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #said: string[] = [];
  #look: (() => void) | null = null;

  static async open(): Promise<Gate> {
    const gate = new Gate();
    await new Promise<void>((resolve, reject) => {
      gate.#server.on("error", reject);
      gate.#server.listen(0, "127.0.0.1", resolve);
    });
    return gate;
  }

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      let rest = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        this.#said.push(...lines);
        this.#look?.();
      });
      socket.on("error", () => {}); // The application may end with it open.
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** For the query of a request: where the application finds this gate. */
  get query(): string {
    const bound = this.#server.address();
    return `gate=${bound !== null && typeof bound === "object" ? bound.port : 0}`;
  }

  /** What the application has said so far, in order. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** Waits until the application has said the word. */
  async heard(word: string): Promise<void> {
    await this.heardLike(new RegExp(`^${word}$`));
  }

  /** Waits until the application has said something like it. */
  heardLike(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#look = null;
        const had = this.#said.join(", ");
        reject(new Error(`the application did not say ${String(pattern)}; it said: ${had}`));
      }, BOUND_MS);
      this.#look = () => {
        const match = this.#said.map((word) => pattern.exec(word)).find((found) => found !== null);
        if (match === undefined || match === null) return;
        clearTimeout(timer);
        this.#look = null;
        resolve(match);
      };
      this.#look();
    });
  }

  /** Lets the application go on where it waits. */
  letGo(): void {
    for (const socket of this.#sockets) socket.write("go\n");
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
