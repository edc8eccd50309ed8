/**
 * Loaded into the front by `--import` in NODE_OPTIONS: tells, over a Unix socket of its own, what the
 * process holds after a full garbage collection. The server under test knows nothing of it.
 */
import { createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the front holds. Memory is in bytes. */
export interface Held {
  /** What JavaScript can reach, buffers included. */
  readonly liveBytes: number;
  /** Sockets, timers, pending operations and so on, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const path = process.env["ABUSE_PROBE"];
if (path !== undefined) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      // The second one takes what finalizers of the first have let go.
      collect();
      setImmediate(() => {
        collect();
        socket.end(JSON.stringify(held()));
      });
    });
  });
  server.listen(path);
  server.unref();
}

function held(): Held {
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    resources[kind] = (resources[kind] ?? 0) + 1;
  }
  return { liveBytes: heapUsed + external, resources };
}
