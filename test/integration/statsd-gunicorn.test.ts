/** The same requests to this server and to gunicorn itself: a statsd hears the same of both. */
import assert from "node:assert/strict";
import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { hasGunicorn, startGunicorn } from "../support/gunicorn.ts";
import { runCommand, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-statsd-"));
after(() => rmSync(folder, { recursive: true }));
const skip = hasGunicorn() ? false : "gunicorn is not installed for this Python";

const APP = `
def app(environ, start_response):
    start_response("404 Not Found" if environ["PATH_INFO"] == "/missing" else "200 OK", [])
    return [b"x"]
`;

/** Each metric that comes, in order. */
class Receiver {
  readonly metrics: string[] = [];
  readonly #socket: Socket = createSocket("udp4");
  #changed: () => void = () => {};

  async open(): Promise<number> {
    this.#socket.on("message", (data) => {
      this.metrics.push(...data.toString("latin1").split("\n"));
      this.#changed();
    });
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    return this.#socket.address().port;
  }

  async until(isEnough: (metrics: readonly string[]) => boolean): Promise<void> {
    while (!isEnough(this.metrics)) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  close(): void {
    this.#socket.close();
  }
}

const ofRequests = (metrics: readonly string[]): string[] =>
  metrics
    .filter((metric) => metric.includes("request"))
    .map((metric) => metric.replace(/duration:\d+(?:\.\d+)?\|/, "duration:N|"));

/** What a statsd hears of two requests, and of the workers. */
async function heard(
  start: (flags: readonly string[]) => Promise<{ port: number; stop(): Promise<unknown> }>,
): Promise<{ readonly requests: readonly string[]; readonly workers: boolean }> {
  const receiver = new Receiver();
  const port = await receiver.open();
  const flags = ["--statsd-host", `127.0.0.1:${port}`, "--statsd-prefix", "shop.web.."];
  const server = await start([...flags, "--dogstatsd-tags", "a:b,c:d", "-w", "2", "served:app"]);
  try {
    for (const path of ["/", "/missing"])
      await (await fetch(`http://127.0.0.1:${server.port}${path}`)).text();
    const workers = "shop.web.gunicorn.workers:2|g|#a:b,c:d";
    await receiver.until((metrics) => ofRequests(metrics).length >= 6 && metrics.includes(workers));
    return { requests: ofRequests(receiver.metrics), workers: receiver.metrics.includes(workers) };
  } finally {
    await server.stop();
    receiver.close();
  }
}

test("requests and workers have gunicorn's metrics", { skip, timeout: 60_000 }, async () => {
  writeFileSync(join(folder, "served.py"), APP);
  const theirs = await heard((flags) => startGunicorn(flags, folder));
  const ours = await heard((flags) => startServer(flags, { cwd: folder }));
  assert.deepEqual(ours, theirs);
  assert.deepEqual(ours.requests.slice(0, 3), [
    "shop.web.gunicorn.request.duration:N|ms|#a:b,c:d",
    "shop.web.gunicorn.requests:1|c|@1.0|#a:b,c:d",
    "shop.web.gunicorn.request.status.200:1|c|@1.0|#a:b,c:d",
  ]);
});

test("an address that is none ends the start", async () => {
  const { code, stderr } = await runCommand(["--statsd-host", "unix:///x", "served:app"], {
    cwd: folder,
  });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /--statsd-host unix:\/\/\/x: it takes HOST:PORT or \[IPv6\]:PORT, to which UDP is sent\./,
  );
});
