/** --compress on the real server, over HTTP/1.0, HTTP/1.1 and HTTP/2. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import zlib from "node:zlib";

import { overBothVersions } from "../contract/both-versions.ts";
import { type Reply, http1Client } from "../contract/client.ts";
import { RawClient } from "../support/raw-client.ts";
import { valuesOf } from "../support/answer.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const decode: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  "": (bytes) => bytes,
  gzip: (bytes) => zlib.gunzipSync(bytes),
  br: (bytes) => zlib.brotliDecompressSync(bytes),
  zstd: (bytes) =>
    (zlib as unknown as { zstdDecompressSync(of: Buffer): Buffer }).zstdDecompressSync(bytes),
};
const best = "zstdCompressSync" in zlib ? "zstd" : "br";
const EVERYTHING = { "Accept-Encoding": "gzip, deflate, br, zstd" };
const MIB = 1024 * 1024;

let server: RunningServer;
let page: Buffer;
let large: Buffer;
before(async () => {
  server = await startServer([
    ...["--compress", "--no-compress", "/login", "--http2", "all", "--threads", "4"],
    ...["--chdir", "test/apps/compression", "pages"],
  ]);
  const client = http1Client({ kind: "tcp", port: server.port });
  page = (await client.ask("/page")).body;
  large = (await client.ask("/large")).body;
  assert.deepEqual([page.length, large.length], [8_000, MIB]);
});
after(() => server.stop());

const place = (): { kind: "tcp"; port: number } => ({ kind: "tcp", port: server.port });

overBothVersions(
  () => server.port,
  (client) => {
    const ask = (path: string, headers: Record<string, string> = EVERYTHING): Promise<Reply> =>
      client.ask(path, { headers });
    const codingOf = ({ headers }: Reply): string => String(headers["content-encoding"] ?? "");

    test("RFC 9110 §12.5.3: the client's choice of a coding is followed", async () => {
      const table: readonly [string | null, string][] = [
        ["gzip, deflate, br, zstd", best],
        ["gzip, br", "br"],
        ["gzip", "gzip"],
        ["br;q=0.5, gzip;q=0.8", "gzip"],
        ["gzip;q=0", ""],
        ["identity", ""],
        [null, ""],
      ];
      for (const path of ["/page", "/large", "/pieces"]) {
        const expected = path === "/page" ? page : large;
        for (const [value, coding] of table) {
          const reply = await ask(path, value === null ? {} : { "Accept-Encoding": value });
          assert.equal(codingOf(reply), coding, `${path} ${value}`);
          assert.ok(decode[coding]?.(reply.body).equals(expected), `${path} ${value}`);
          assert.equal(reply.headers["vary"], "Accept-Encoding");
          const length = reply.headers["content-length"];
          if (length !== undefined) assert.equal(length, String(reply.body.length));
          if (coding !== "") assert.ok(reply.body.length < expected.length / 4);
        }
      }
    });

    test("RFC 9110 §8.4, §14.4, RFC 9111 §5.2.2.6: what must not be encoded goes out as it came", async () => {
      for (const path of ["/206", "/png", "/no-type", "/no-transform", "/digest", "/small"]) {
        const reply = await ask(path);
        assert.equal(codingOf(reply), "", path);
        assert.equal(reply.headers["vary"], undefined, path);
        assert.equal(reply.headers["content-length"], String(reply.body.length), path);
      }
      const once = await ask("/gzip");
      assert.equal(codingOf(once), "gzip");
      assert.ok(zlib.gunzipSync(once.body).equals(page));
      assert.equal((await ask("/204")).status, 204);
      const random = await ask("/random");
      assert.deepEqual([codingOf(random), random.body.length], ["", 8_000]);
    });

    test("errors of the application are encoded like other pages", async () => {
      const reply = await ask("/404");
      assert.deepEqual([reply.status, codingOf(reply)], [404, best]);
      assert.ok(decode[best]?.(reply.body).equals(page));
    });

    test("RFC 9110 §12.5.5: Vary keeps what the application said", async () => {
      assert.equal((await ask("/vary")).headers["vary"], "Cookie, Accept-Encoding");
      assert.equal((await ask("/vary-all")).headers["vary"], "*");
    });

    test("RFC 9110 §8.8.1, §13.1.2: the tag is weak, and asking by it gets a 304", async () => {
      const whole = await ask("/etag", {});
      assert.deepEqual([whole.headers["etag"], whole.headers["accept-ranges"]], ['"v1"', "bytes"]);
      const reply = await ask("/etag");
      assert.equal(codingOf(reply), best);
      assert.equal(reply.headers["etag"], 'W/"v1"');
      assert.equal(reply.headers["accept-ranges"], undefined);
      const again = await ask("/etag", { ...EVERYTHING, "If-None-Match": 'W/"v1"' });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
      assert.equal(again.headers["etag"], 'W/"v1"');
      assert.equal(again.headers["vary"], "Accept-Encoding");
      const strong = await ask("/etag", { "If-None-Match": '"v1"' });
      assert.deepEqual([strong.status, strong.headers["etag"]], [304, '"v1"']);
    });

    test("RFC 9110 §9.3.2: HEAD tells of the coding, and not of a length that nobody knows", async () => {
      const reply = await client.ask("/page", { method: "HEAD", headers: EVERYTHING });
      assert.equal(codingOf(reply), best);
      assert.equal(reply.headers["content-length"], undefined);
      assert.equal(reply.body.length, 0);
      const plain = await client.ask("/page", { method: "HEAD" });
      assert.deepEqual(
        [plain.headers["content-length"], plain.headers["vary"]],
        ["8000", "Accept-Encoding"],
      );
    });

    test("--no-compress: no spelling of the path leads around it", async () => {
      for (const path of ["/login", "/%6cogin"]) {
        const reply = await ask(path);
        assert.deepEqual([codingOf(reply), reply.headers["vary"]], ["", undefined], path);
      }
    });

    test("RFC 9112 §8, RFC 9113 §5.4.2: an encoded answer that breaks off is no complete one", async () => {
      await assert.rejects(ask("/breaks"));
      await assert.rejects(ask("/short"));
      assert.equal((await ask("/page")).status, 200);
    });
  },
);

function get(path: string, version = "1.1", lines = ""): string {
  return `GET ${path} HTTP/${version}\r\nHost: a\r\nAccept-Encoding: gzip\r\n${lines}\r\n`;
}

test("RFC 9112 §6.1, §9.3: HTTP/1.0 gets no chunks; with a length the connection stays", async () => {
  const client = await RawClient.open(server.port);
  client.send(get("/page", "1.0", "Connection: keep-alive\r\n"));
  const first = await client.answer();
  assert.equal(first.framing, "length");
  assert.ok(zlib.gunzipSync(first.body).equals(page));
  client.send(get("/large", "1.0", "Connection: keep-alive\r\n"));
  const second = await client.answer();
  assert.equal(second.framing, "close");
  assert.ok(zlib.gunzipSync(second.body).equals(large));
});

test("RFC 9112 §9.3.2: pipelined answers come in order, encoded or not", async () => {
  const client = await RawClient.open(server.port);
  const paths = ["/pieces", "/small", "/page", "/large", "/png", "/pieces"];
  client.send(paths.map((path) => get(path)).join(""));
  for (const path of paths) {
    const answer = await client.answer();
    const coded = valuesOf(answer, "content-encoding").length > 0;
    const body = coded ? zlib.gunzipSync(answer.body) : answer.body;
    const length = path === "/small" ? 500 : path === "/large" || path === "/pieces" ? MIB : 8_000;
    assert.equal(body.length, length, path);
    assert.equal(coded, length !== 500 && path !== "/png", path);
  }
  client.destroy();
});

test('PEP 3333 "Buffering and Streaming": a block can be read before the next one is made', async () => {
  const client = await RawClient.open(server.port);
  const other = http1Client(place());
  let text = "";
  const decoder = zlib.createGunzip();
  const first = new Promise<void>((resolve) => {
    decoder.on("data", (piece: Buffer) => {
      text += piece.toString();
      if (text === "first;") resolve();
    });
  });
  client.send(get("/waits", "1.0"));
  await client.received("\r\n\r\n");
  const head = client.waiting.indexOf("\r\n\r\n") + 4;
  decoder.write(Buffer.from(client.waiting.slice(head), "latin1"));
  client.socket.on("data", (piece: Buffer) => decoder.write(piece));
  client.socket.on("end", () => decoder.end());
  await first;
  const done = new Promise((resolve) => decoder.on("end", resolve));
  await other.ask("/go");
  await done;
  assert.equal(text, "first;second;");
  client.destroy();
});

test("a client that leaves ends the application's iterable, and the server goes on", async () => {
  const client = await RawClient.open(server.port);
  client.send(get("/endless"));
  await client.received("Content-Encoding: gzip");
  client.socket.resetAndDestroy();
  await server.waitForLog(/endless closed/);
  const reply = await http1Client(place()).ask("/page", { headers: EVERYTHING });
  assert.equal(reply.status, 200);
});

test("--response-temp-limit: a client that does not read holds up the application behind an encoded answer", async () => {
  const own = await startServer([
    ...["--compress", "--response-buffer", "64k", "--response-temp-limit", "0"],
    ...["--threads", "2", "--chdir", "test/apps/compression", "pages"],
  ]);
  try {
    const client = await RawClient.open(own.port);
    client.socket.pause();
    client.send(get("/endless"));
    const other = http1Client({ kind: "tcp", port: own.port });
    // It makes 64 KiB at a time, without end. Held up, it makes no more however much else is asked.
    let made = -1;
    for (let now = 0; now !== made || now === 0;) {
      made = now;
      for (let count = 0; count < 5; count++) {
        const reply = await other.ask("/pieces", { headers: EVERYTHING });
        assert.ok(decode[best]?.(reply.body).equals(large));
      }
      now = Number((await other.ask("/made")).body.toString());
      assert.ok(now < 1024, `${now} blocks are made and nobody reads them`);
    }
    client.socket.resetAndDestroy();
    await own.waitForLog(/endless closed/);
  } finally {
    await own.stop();
  }
});

test("without --compress nothing is encoded and nothing said of it", async () => {
  const own = await startServer(["--chdir", "test/apps/compression", "pages"]);
  try {
    const { headers, body } = await http1Client({ kind: "tcp", port: own.port }).ask("/page", {
      headers: EVERYTHING,
    });
    assert.deepEqual([headers["content-encoding"], headers["vary"]], [undefined, undefined]);
    assert.ok(body.equals(page));
  } finally {
    await own.stop();
  }
});

test("--compress-types, --compress-min-size: what is compressed is for the user to say", async () => {
  const own = await startServer([
    ...["--compress", "--compress-types", "image/png", "--compress-min-size", "8001"],
    ...["--chdir", "test/apps/compression", "pages"],
  ]);
  try {
    const client = http1Client({ kind: "tcp", port: own.port });
    for (const path of ["/png", "/large"]) {
      const { headers } = await client.ask(path, { headers: EVERYTHING });
      assert.equal(headers["content-encoding"], undefined, path);
    }
  } finally {
    await own.stop();
  }
});
