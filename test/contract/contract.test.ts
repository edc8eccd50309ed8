/**
 * What a client and an application can rely on, whatever carries the request: one list of rules, run
 * over HTTP/1.1 and HTTP/2, plain and encrypted, on TCP and on a Unix socket, with threads and with
 * greenlets.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { certificateFolder, issue } from "../support/certificates.ts";
import { noGevent } from "../support/gevent.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { type Client, type Place, http1Client, http2Client } from "./client.ts";

const folder = certificateFolder();
const issued = issue("localhost", { names: ["localhost", "127.0.0.1"] });
const pair = folder.pair("it", issued);
const unixPath = `${folder.path}/it.sock`;
mkdirSync(`${folder.path}/www`);
folder.write("www/a.txt", "a file\n");

const LIMITS = [
  "--limit-request-body",
  "8m",
  "--limit-request-fields",
  "30",
  "--static",
  `/static=${folder.path}/www`,
];
const APP = ["--chdir", "test/apps/process", "any_protocol"];

let plain: RunningServer;
let secure: RunningServer;
let green: RunningServer | null = null;
before(async () => {
  plain = await startServer([
    ...["--bind", "127.0.0.1:0", "--bind", `unix:${unixPath}`, "--http2", "all"],
    ...LIMITS,
    ...APP,
  ]);
  secure = await startServer([...pair, ...LIMITS, ...APP]);
  if (noGevent === false) {
    green = await startServer(["--http2", "all", "-k", "gevent", ...LIMITS, ...APP]);
  }
});
after(async () => {
  await plain.stop();
  await secure.stop();
  await green?.stop();
  folder.remove();
});

const encrypted = (): Place => ({ kind: "tls", port: secure.port, ca: issued.certificate });
const greenPlace = (): Place => ({ kind: "tcp", port: green?.port ?? 0 });
const open = (): Place => ({ kind: "tcp", port: plain.port });

const transports: readonly (readonly [string, string, () => Client])[] = [
  ["HTTP/1.1", "HTTP/1.1", () => http1Client(open())],
  ["HTTP/1.1 over TLS", "HTTP/1.1", () => http1Client(encrypted())],
  ["HTTP/1.1 on a Unix socket", "HTTP/1.1", () => http1Client({ kind: "unix", path: unixPath })],
  ["HTTP/2 over TLS", "HTTP/2.0", () => http2Client(encrypted())],
  ["HTTP/2 with prior knowledge", "HTTP/2.0", () => http2Client(open())],
  ["HTTP/1.1, greenlets", "HTTP/1.1", () => http1Client(greenPlace())],
  ["HTTP/2 with prior knowledge, greenlets", "HTTP/2.0", () => http2Client(greenPlace())],
];

for (const [name, protocol, make] of transports) {
  const isGreen = name.includes("greenlets");
  describe(name, { skip: isGreen ? noGevent : false }, () => {
    let client: Client;
    before(() => {
      client = make();
    });
    after(() => client.close());

    test('PEP 3333 "environ Variables", RFC 3875 §4.1.16: the same environ', async () => {
      const headers = { "X-Field": "v", Accept: "*/*" };
      const { body, status } = await client.ask("/a%20b/%C3%A4?q=%20", { headers });
      const seen = JSON.parse(body.toString()) as Record<string, string>;
      assert.equal(status, 200);
      assert.equal(seen["PATH_INFO"], "/a b/\u00c3\u00a4");
      assert.equal(seen["QUERY_STRING"], "q=%20");
      assert.equal(seen["SERVER_PROTOCOL"], protocol);
      assert.equal(seen["HTTP_X_FIELD"], "v");
      const isEncrypted = name.includes("TLS");
      assert.equal(seen["wsgi.url_scheme"], isEncrypted ? "https" : "http");
      assert.equal(seen["HTTPS"], isEncrypted ? "on" : undefined);
      const port = isEncrypted ? secure.port : isGreen ? green?.port : plain.port;
      assert.equal(seen["SERVER_PORT"], name.includes("Unix") ? "80" : String(port));
      for (const hop of ["HTTP_CONNECTION", "HTTP_TE", "HTTP_TRANSFER_ENCODING"]) {
        if (hop !== "HTTP_CONNECTION" || protocol === "HTTP/2.0")
          assert.equal(seen[hop], undefined);
      }
    });

    test("bodies come back as they were sent: empty, small, large, with and without a length", async () => {
      for (const size of [0, 1, 70_000, 5_000_000]) {
        const body = Buffer.alloc(size, "0123456789");
        for (const announced of [true, false]) {
          const reply = await client.ask("/echo", { method: "POST", body, announced });
          assert.equal(reply.status, 200);
          assert.ok(reply.body.equals(body), `${size} bytes`);
          assert.equal(reply.headers["content-length"], String(size));
        }
      }
    });

    test("bodies that are under way at the same time never mix", async () => {
      const sizes = [13_000, 20_000, 70_000, 300_000, 1_500_000, 3_000_000];
      const bodies = [...sizes, ...sizes, ...sizes].map((size, index) =>
        Buffer.alloc(size, `${index} of those that are sent together;`),
      );
      const replies = await Promise.all(
        bodies.map((body) => client.ask("/echo", { method: "POST", body })),
      );
      for (const [index, body] of bodies.entries()) {
        assert.ok(replies[index]?.body.equals(body), `${index}: ${body.length} bytes`);
      }
    });

    test('PEP 3333 "Buffering and Streaming": blocks of an iterable arrive whole and in order', async () => {
      const { body } = await client.ask("/stream");
      const lines = Array.from(
        { length: 1000 },
        (_, number) => `${String(number).padStart(7, "0")}\n`,
      );
      assert.equal(body.toString(), lines.join(""));
      assert.equal((await client.ask("/large")).body.length, 4 * 1024 * 1024);
    });

    test("RFC 9110 §6.4.1: no content after HEAD, nor with 204", async () => {
      const head = await client.ask("/", { method: "HEAD" });
      assert.equal(head.status, 200);
      assert.equal(head.body.length, 0);
      assert.match(String(head.headers["content-length"]), /^\d+$/);
      const empty = await client.ask("/empty");
      assert.deepEqual([empty.status, empty.body.length], [204, 0]);
      assert.equal(empty.headers["content-length"], undefined);
    });

    test("RFC 6265 §4.1: each Set-Cookie stays a line of its own, and cookies come as one", async () => {
      const reply = await client.ask("/cookies", { headers: { Cookie: ["c=3", "d=4"] } });
      assert.deepEqual(reply.headers["set-cookie"], ["a=1", "b=2"]);
      assert.equal(reply.headers["x-latin"], "\u00e4");
      assert.equal(reply.body.toString(), "c=3; d=4");
    });

    test("RFC 8297 §2: hints come before the answer", async () => {
      const reply = await client.ask("/hints");
      assert.deepEqual(reply.hints, ["</a.css>; rel=preload"]);
      assert.equal(reply.body.toString(), "hinted");
    });

    test("what the application does wrong is 500 and a request id", async () => {
      const reply = await client.ask("/raises");
      assert.equal(reply.status, 500);
      assert.match(reply.body.toString(), /^500 Internal Server Error\nRequest ID: \S+\n$/);
    });

    test("RFC 9112 §8, RFC 9113 §5.4.2: an answer that breaks off is no complete one", async () => {
      await assert.rejects(client.ask("/dies"));
      assert.equal((await client.ask("/")).status, 200);
    });

    test("what is beyond a limit has the same status", async () => {
      const large = Buffer.alloc(8 * 1024 * 1024 + 1);
      const sent = await client
        .ask("/echo", { method: "POST", body: large })
        .then(({ status }) => status)
        // A client that still sends may see the end of the connection before the answer.
        .catch((error: NodeJS.ErrnoException) => error.code);
      assert.ok([413, "EPIPE", "ECONNRESET"].includes(sent ?? ""), String(sent));
      const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, "y"]));
      assert.equal((await client.ask("/", { headers: many })).status, 431);
      assert.equal((await client.ask(`/${"x".repeat(9000)}`)).status, 414);
      assert.equal((await client.ask("/%00")).status, 400);
    });

    test("files below --static are sent without the application", async () => {
      const reply = await client.ask("/static/a.txt");
      assert.deepEqual([reply.status, reply.body.toString()], [200, "a file\n"]);
      const etag = String(reply.headers["etag"]);
      const again = await client.ask("/static/a.txt", { headers: { "If-None-Match": etag } });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
      assert.equal((await client.ask("/static/none")).status, 404);
      assert.equal((await client.ask("/static/a.txt", { method: "HEAD" })).body.length, 0);
    });
  });
}
