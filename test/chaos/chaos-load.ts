/**
 * Load at full speed on whatever server: connections that ask for one thing after the other until
 * they are told to stop. Each answer is compared byte for byte with what was asked for, and each
 * request ends up in exactly one of the counts.
 */
import { setTimeout as wait } from "node:timers/promises";

import { valuesOf } from "../support/answer.ts";
import { lifeRequest } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";

/** A server that is gone is not asked more often than this by each connection. */
const RETRY_MS = 50;
const LARGEST_BODY = 8192;
/** How many of the last answers say which workers are there. */
const RECENT = 64;

let lastId = 0;

export class ChaosLoad {
  right = 0;
  /** Connections that were not accepted. */
  refused = 0;
  /** Ids of requests that got no complete answer, with what came. */
  readonly lost: Map<string, string> = new Map();
  /** Answers with status 200 that are not the one asked for. */
  readonly wrong: string[] = [];
  /** Ids by each status that is not 200. */
  readonly refusals: Map<number, string[]> = new Map();
  /** Every worker that has answered. */
  readonly workers: Set<number> = new Set();
  readonly #port: number;
  readonly #recent: number[] = [];
  readonly #asking: Promise<void>[];
  #running = true;

  /** @param port - on 127.0.0.1. */
  constructor(port: number, connections: number) {
    this.#port = port;
    this.#asking = Array.from({ length: connections }, () => this.#ask());
  }

  /** The workers of the last answers. */
  get recent(): number[] {
    return [...new Set(this.#recent)];
  }

  /** Asks for nothing more; resolves when all that was asked has its outcome. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#asking);
  }

  async #ask(): Promise<void> {
    let client: RawClient | null = null;
    while (this.#running) {
      client ??= await RawClient.open(this.#port).catch(() => null);
      if (client === null) {
        this.refused++;
        await wait(RETRY_MS);
      } else if (!(await this.#exchange(client))) {
        client.destroy();
        client = null;
      }
    }
    client?.destroy();
  }

  /** One request; false when the connection is not to be used again. */
  async #exchange(client: RawClient): Promise<boolean> {
    const id = `c${++lastId}`;
    const body = `${id}.`.repeat(Math.ceil((Math.random() * LARGEST_BODY) / id.length));
    // Half of them take a moment, so that a worker that is killed is running something.
    client.send(lifeRequest(`/?id=${id}${lastId % 2 === 0 ? "&ms=10" : ""}`, body));
    try {
      const answer = await client.answer("POST");
      if (!answer.complete) this.lost.set(id, `cut after ${answer.size} bytes`);
      else if (answer.status === 200) this.#compare(id, body, answer.text);
      else this.refusals.set(answer.status, [...(this.refusals.get(answer.status) ?? []), id]);
      const connection = valuesOf(answer, "connection").join().toLowerCase();
      return answer.complete && connection !== "close" && answer.version === "HTTP/1.1";
    } catch (error) {
      this.lost.set(id, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #compare(id: string, body: string, text: string): void {
    const [, pid = ""] = text.split(" ", 2);
    if (text === `${id} ${pid} ${body}` && /^\d+$/.test(pid)) {
      this.right++;
      this.workers.add(Number(pid));
      this.#recent.push(Number(pid));
      if (this.#recent.length > RECENT) this.#recent.shift();
    } else {
      this.wrong.push(`${id}: ${text.slice(0, 200)}`);
    }
  }
}
