// Before a server is measured, its answer is looked at: a server that answers something else would
// win a race that it does not run. One that closes the connection after each answer is measured, but
// the report says so.

import { Agent, request } from "node:http";

import type { Item } from "./items.ts";

/** How a server answered an item. */
export interface AnswerCheck {
  /** What is wrong with its answer, in a sentence; null when it is the expected one. */
  readonly fault: string | null;
  /** Whether the second request went over the first one's connection. */
  readonly keepsConnections: boolean;
}

/** Fetches an item's answer twice, over one connection if the server keeps it. */
export async function checkAnswer(port: number, item: Item): Promise<AnswerCheck> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const first = await fetchOnce(agent, port, item);
    const second = await fetchOnce(agent, port, item);
    return { fault: first.fault ?? second.fault, keepsConnections: second.reused };
  } catch (error) {
    return { fault: `the request failed: ${String(error)}`, keepsConnections: false };
  } finally {
    agent.destroy();
  }
}

interface Answer {
  readonly fault: string | null;
  readonly reused: boolean;
}

function fetchOnce(agent: Agent, port: number, item: Item): Promise<Answer> {
  const hasBody = item.requestBodyBytes > 0;
  const options = {
    ...{ agent, port, host: "127.0.0.1", path: "/", timeout: 10_000 },
    method: hasBody ? "POST" : "GET",
    headers: hasBody ? { "Content-Length": item.requestBodyBytes } : {},
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (text: string) => (body += text));
      response.once("error", reject);
      response.once("end", () => {
        resolve({ fault: faultOf(response.statusCode, body, item), reused: sent.reusedSocket });
      });
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in 10 seconds")));
    sent.once("error", reject);
    sent.end("b".repeat(item.requestBodyBytes));
  });
}

function faultOf(status: number | undefined, body: string, item: Item): string | null {
  if (status !== 200) return `it answered ${status ?? "nothing"} instead of 200`;
  if (body === item.expectedBody) return null;
  return `it answered ${body.length} bytes that are not the expected ${item.expectedBody.length}`;
}
