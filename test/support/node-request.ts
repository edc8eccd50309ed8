/** Requests by Node's own client, for what a raw socket would have to spell out: each on a connection of its own. */
import type { ClientRequest, IncomingHttpHeaders } from "node:http";

/** Silence far longer than any answer makes; less than the minute after which a test file is ended. */
const BOUND_MS = 50_000;

export interface NodeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Ends the request with the body and collects its answer; rejects when that breaks off. */
export function answerTo(asked: ClientRequest, body?: Buffer | string): Promise<NodeAnswer> {
  return new Promise((resolve, reject) => {
    asked.on("response", (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, bytes: Buffer.concat(pieces) });
      });
    });
    asked.on("error", reject);
    asked.setTimeout(BOUND_MS, () => asked.destroy(new Error("no answer")));
    asked.end(body);
  });
}
