// The load generator for HTTP/2: one `h2load` with one thread, bounded in time.

import { runLoadGenerator } from "./load-generator.ts";

const CONNECTIONS = 8;
const STREAMS = 16;

export interface Http2Load {
  readonly port: number;
  /** Without its first slash. */
  readonly path: string;
  readonly seconds: number;
}

/**
 * Runs a load over TLS against 127.0.0.1, after a second of warm-up.
 * @returns requests per second.
 * @throws Error when it was not HTTP/2, or a request did not succeed.
 */
export async function runH2load({ port, path, seconds }: Http2Load): Promise<number> {
  const args = [
    ...["--clients", String(CONNECTIONS), "--max-concurrent-streams", String(STREAMS)],
    ...["--threads", "1", "--warm-up-time", "1s", "--duration", `${seconds}s`],
    `https://127.0.0.1:${port}/${path}`,
  ];
  const { output, ended } = await runLoadGenerator("h2load", args, seconds);
  return parseReport(ended === 0 ? output : `${output}\nended with ${ended}`);
}

/** Requests per second of a run in which every answer was good. */
export function parseReport(output: string): number {
  const speed = /^finished in \S+, ([\d.]+) req\/s/m.exec(output)?.[1];
  const counts = /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(output)?.slice(1).map(Number);
  const codes = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(output);
  const isGood =
    /^Application protocol: h2$/m.test(output) &&
    counts?.every((count) => count === 0) === true &&
    codes?.slice(2).every((count) => count === "0") === true &&
    codes[1] !== "0";
  if (speed === undefined || !isGood) throw new Error(`h2load has faults to tell:\n${output}`);
  return Number(speed);
}
