/**
 * One server and the rules that are tried on it. Each rule is a test whose title names the PEP's
 * heading; afterwards the server must still answer, or the rule fails.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Answer } from "../support/answer.ts";
import { RawClient } from "../support/raw-client.ts";
import { Gate } from "./gate.ts";
import { greenExceptions } from "./green-exceptions.ts";
import {
  type Level,
  NotOffered,
  NotStarted,
  NotTried,
  type Rule,
  listing,
  record,
  workerClass,
} from "./rules.ts";
import { type Plan, type Target, isOurs, startTarget } from "./target.ts";

/** What a rule gets to work with. Connections and gates are closed when it is over. */
export interface Trial {
  readonly server: Target;
  readonly connect: () => Promise<RawClient>;
  readonly gate: () => Promise<Gate>;
  /** One request on a connection of its own. */
  readonly get: (target: string, fieldLines?: string) => Promise<Answer>;
  readonly head: (target: string) => Promise<Answer>;
  readonly post: (
    target: string,
    body: string | Uint8Array,
    fieldLines?: string,
  ) => Promise<Answer>;
}

/** Declares a rule: item of the checklist, level, heading, the rule in words, and its trial. */
export type Declare = (
  item: number,
  level: Level,
  heading: string,
  sentence: string,
  run: (trial: Trial) => Promise<void>,
) => void;

/** Starts a server for the rules that `define` declares. Default: one worker with one thread. */
export function section(
  plan: Partial<Plan> & { readonly app: string },
  define: (rule: Declare) => void,
): void {
  if (listing) {
    define((item, level, heading, sentence) =>
      record({ item, level, heading, sentence }, "not tried", "listed only"));
    return;
  }
  const whole: Plan = { threads: 1, workers: 1, ...plan };
  void describe(`${whole.app}, ${whole.workers} x ${whole.threads}`, () => {
    let server: Target | null = null;
    let notOffered: string | null = null;
    let broken: unknown = null;
    before(async () => {
      try {
        server = await startTarget(whole);
      } catch (error) {
        if (error instanceof NotOffered) notOffered = error.message;
        else if (isOurs) throw error;
        else broken = error;
      }
    });
    after(async () => server?.stop());

    define((item, level, heading, sentence, run) => {
      const rule: Rule = { item, level, heading, sentence };
      void test(`PEP 3333 "${heading}": ${sentence}`, async (context) => {
        if (notOffered !== null) {
          record(rule, "not offered", notOffered);
          context.skip(notOffered);
          return;
        }
        try {
          if (server === null) throw broken;
          const why = workerClass === "gevent" ? greenExceptions[sentence] : undefined;
          if (why !== undefined) throw new NotTried(why);
          await tryRule(server, run);
          record(rule, "holds", "");
        } catch (error) {
          if (error instanceof NotOffered || error instanceof NotTried) {
            const outcome = error instanceof NotOffered ? "not offered" : "not tried";
            record(rule, outcome, error.message);
            context.skip(error.message);
            return;
          }
          const reason = error instanceof Error ? error.message : String(error);
          const started = !(error instanceof NotStarted);
          record(rule, "fails", reason, started);
          // Another server may be beyond help now; the next rule shall not suffer from it.
          if (!isOurs && started) {
            await server?.stop();
            server = await startTarget(whole);
          }
          throw error;
        }
      });
    });
  });
}

async function tryRule(server: Target, run: (trial: Trial) => Promise<void>): Promise<void> {
  const opened: { close(): void }[] = [];
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.open(server.address);
    opened.push({ close: () => client.destroy() });
    return client;
  };
  const once = async (method: string, target: string, rest: string, body: Uint8Array) => {
    const client = await connect();
    client.send(`${method} ${target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n${rest}\r\n`);
    client.send(body);
    const answer = await client.answer(method);
    client.destroy();
    return answer;
  };
  const none = Buffer.alloc(0);
  const trial: Trial = {
    server,
    connect,
    gate: async () => {
      const gate = await Gate.open();
      opened.push(gate);
      return gate;
    },
    get: (target, fieldLines = "") => once("GET", target, fieldLines, none),
    head: (target) => once("HEAD", target, "", none),
    post: (target, body, fieldLines = "") => {
      const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
      return once("POST", target, `Content-Length: ${bytes.length}\r\n${fieldLines}`, bytes);
    },
  };
  const closeAll = (): void => {
    for (const thing of opened.splice(0)) thing.close();
  };
  try {
    await run(trial);
    // A server that serves one connection at a time couldn't answer beside one that is kept.
    closeAll();
    const alive = await trial.get("/alive");
    assert.equal(alive.text, "alive", "afterwards the server still answers");
  } finally {
    closeAll();
  }
}
