/** Tests that every version of HTTP has to pass. */
import { after, describe } from "node:test";

import { type Client, http1Client, http2Client } from "./client.ts";

/**
 * Declares the same tests for HTTP/1.1 and for HTTP/2, each version with a client of its own.
 * @param port - asked when the first of them runs: the server is started by then.
 */
export function overBothVersions(
  port: () => number,
  tests: (client: Pick<Client, "ask">) => void,
): void {
  for (const [name, make] of [
    ["HTTP/1.1", http1Client],
    ["HTTP/2", http2Client],
  ] as const) {
    void describe(name, () => {
      let client: Client | null = null;
      after(() => client?.close());
      tests({
        ask: (path, question) => {
          client ??= make({ kind: "tcp", port: port() });
          return client.ask(path, question);
        },
      });
    });
  }
}
