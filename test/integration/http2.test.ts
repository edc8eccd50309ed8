/** HTTP/2 on the real server: what it refuses, what it bounds, and how it ends. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { after, before, test } from "node:test";

import { certificateFolder } from "../support/certificates.ts";
import {
  END_HEADERS,
  END_STREAM,
  type Frame,
  PREFACE,
  Type,
  fields,
  frame,
  parseFrames,
  request,
} from "../support/http2-frames.ts";
import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, runCommand, startServer } from "../support/server.ts";

const APP = ["--chdir", "test/apps/process", "any_protocol"];
const SETTINGS = frame(Type.settings, 0, 0);
const TIMES = 2_000;

const folder = certificateFolder();
const waitFor = `${folder.path}/go`;
let server: RunningServer;
before(async () => {
  server = await startServer(["--http2", "all", "--limit-request-body", "1m", ...APP], {
    env: { WAIT_FOR: waitFor },
  });
});
after(async () => {
  await server.stop();
  folder.remove();
});

async function open(port = server.port): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(PREFACE);
  client.send(SETTINGS);
  return client;
}

/** Resolves with the frames that have come when one of them is what is looked for. */
async function framesUntil(client: RawClient, isIt: (frame: Frame) => boolean): Promise<Frame[]> {
  for (;;) {
    const frames = parseFrames(client.waiting);
    if (frames.some(isIt)) return frames;
    if (client.hasEnded) throw new Error(`ended; had come: ${JSON.stringify(frames)}`);
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the frame has not come")), 10_000);
      const done = (): void => {
        clearTimeout(timer);
        resolve(null);
      };
      client.socket.once("data", done);
      client.socket.once("close", done);
    });
  }
}

const endOf =
  (stream: number) =>
  (it: Frame): boolean =>
    it.stream === stream &&
    (it.type === Type.reset || (it.type <= 1 && (it.flags & END_STREAM) !== 0));

const isError = ({ type, payload }: Frame): boolean =>
  type === Type.goaway && payload.readUInt32BE(4) !== 0;

/** What a stream is answered with: the content, or the code of its reset, or that of the connection's end. */
async function answerTo(...parts: readonly Buffer[]): Promise<string> {
  const client = await open();
  for (const part of parts) client.send(part);
  const frames = await framesUntil(client, (it) => endOf(1)(it) || isError(it));
  client.socket.destroy();
  const away = frames.find(isError);
  if (away !== undefined) return `end ${away.payload.readUInt32BE(4)}`;
  const reset = frames.find(({ type, stream }) => type === Type.reset && stream === 1);
  const data = frames.filter(({ type, stream }) => type === Type.data && stream === 1);
  const text = Buffer.concat(data.map(({ payload }) => payload)).toString("latin1");
  return text !== "" ? text : `reset ${reset?.payload.readUInt32BE(0)}`;
}

test("RFC 9113 §5.2: a client that doesn't take large answers can still ask for others", async () => {
  const client = await open();
  const large = Array.from({ length: 80 }, (_, index) => 2 * index + 1);
  for (const stream of large) client.send(request(stream, "/large"));
  const begun = (frames: readonly Frame[]): number =>
    frames.filter(({ type }) => type === Type.headers).length;
  await framesUntil(client, () => begun(parseFrames(client.waiting)) === large.length);
  const small = 2 * large.length + 1;
  client.send(request(small, "/"));
  const ofSmall = ({ stream, type }: Frame): boolean =>
    stream === small && (type === Type.headers || type === Type.reset);
  const frames = await framesUntil(client, ofSmall);
  assert.equal(frames.find(ofSmall)?.type, Type.headers);
  client.socket.destroy();
});

test("RFC 9113 §3.4: the beginning of HTTP/2 is known when it comes byte by byte", async () => {
  const client = await RawClient.open(server.port);
  for (const byte of Buffer.concat([PREFACE, SETTINGS, request(1, "/stream")]))
    client.send(Buffer.from([byte]));
  await framesUntil(client, endOf(1));
  client.socket.destroy();
});

test("RFC 9113 §3.3: a method that begins like it is HTTP/1.1, and without --http2 all it is nothing", async () => {
  const client = await RawClient.open(server.port);
  client.send("P");
  client.send("RI / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await client.answer()).status, 200);
  client.socket.destroy();
  const other = await startServer(APP);
  const refused = await RawClient.open(other.port);
  refused.send(PREFACE);
  assert.equal((await refused.answer()).status, 505);
  refused.socket.destroy();
  await other.stop();
});

test("RFC 9113 §8.3.1, RFC 9113 §8.2.2: what can be read in two ways gets 400 or a reset", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["host", "b.test"], /^400 Bad Request/],
    [["connection", "close"], /^reset 1$|^400/],
    [["transfer-encoding", "chunked"], /^reset 1$|^400/],
    [["te", "gzip"], /^reset 1$|^400/],
    [["X-Upper", "1"], /^reset 1$|^400/],
    [[":late", "1"], /^reset 1$/],
    [["content-length", "5"], /^reset 1$|^400/],
  ];
  for (const [more, expected] of cases) {
    assert.match(await answerTo(request(1, "/", END_STREAM, ...more)), expected, more.join(": "));
  }
});

test("RFC 9113 §8.2.1: a field that could begin another line never reaches the application", async () => {
  for (const more of [
    ["a", "b\r\nc: d"],
    ["a b", "c"],
    ["a", "\x01"],
  ]) {
    assert.doesNotMatch(await answerTo(request(1, "/", END_STREAM, ...more)), /HTTP_(?:A|C)/);
  }
});

// RFC 9113 §5.4: the end of the connection may stand for that of the stream, as newer versions of Node have it.
test("RFC 9113 §8.1.1: content that is longer or shorter than announced is an error", async () => {
  const head = request(1, "/echo", 0, "content-length", "5");
  for (const content of ["abc", "abcdefgh"]) {
    assert.match(
      await answerTo(head, frame(Type.data, END_STREAM, 1, Buffer.from(content))),
      /^reset 1$|^end 2$/,
    );
  }
  assert.equal(
    await answerTo(head, frame(Type.data, END_STREAM, 1, Buffer.from("abcde"))),
    "abcde",
  );
});

test("RFC 9113 §8.1: trailers are dropped, and the request is served", async () => {
  const trailer = frame(Type.headers, END_STREAM | END_HEADERS, 1, fields("x-trailer", "1"));
  const body = frame(Type.data, 0, 1, Buffer.from("abc"));
  assert.equal(await answerTo(request(1, "/echo", 0), body, trailer), "abc");
});

test("RFC 9110 §10.1.1: who waits for 100 gets it, and then the answer", async () => {
  const client = await open();
  client.send(request(1, "/echo", 0, "expect", "100-continue", "content-length", "2"));
  await framesUntil(client, ({ type, stream }) => type === Type.headers && stream === 1);
  client.send(frame(Type.data, END_STREAM, 1, Buffer.from("ab")));
  await framesUntil(client, endOf(1));
  client.socket.destroy();
});

test("a body that grows too large gets 413 while it comes", async () => {
  const session = connect(server.origin);
  const stream = session.request({ ":method": "POST", ":path": "/echo" });
  const status = await new Promise((resolve, reject) => {
    stream.on("response", (told) => resolve(told[":status"]));
    stream.on("error", reject);
    stream.write(Buffer.alloc(1024 * 1024 + 1));
  });
  assert.equal(status, 413);
  session.destroy();
});

/**
 * Sends it again and again until the server ends the connection. Its GOAWAY can be lost: the system
 * resets a connection that is closed with unread bytes.
 */
async function flood(
  make: (number: number) => Buffer,
  first: readonly Buffer[] = [],
): Promise<void> {
  const client = await open();
  for (const part of first) client.send(part);
  for (let i = 0; i < TIMES && !client.hasEnded; i++) {
    client.send(make(i));
    if (i % 100 === 0) await new Promise(setImmediate);
  }
  await client.ended();
  const away = parseFrames(client.waiting).findLast(({ type }) => type === Type.goaway);
  assert.notEqual(away?.payload.readUInt32BE(4), 0, "it is no orderly end");
  client.socket.destroy();
}

/** How often the log tells that a connection was ended for it. */
function told(what: string): number {
  return server.stderr().split(`too many ${what} on a connection of HTTP/2`).length - 1;
}

test("RFC 9113 §10.5: requests that are reset at once end the connection", async () => {
  await flood((i) =>
    Buffer.concat([
      request(2 * i + 1, "/"),
      frame(Type.reset, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8])),
    ]),
  );
  await server.waitForLog(/too many resets on a connection of HTTP\/2/);
});

const priority = (i: number): Buffer =>
  frame(Type.priority, 0, 2 * i + 1, Buffer.from([0, 0, 0, 0, 1]));
/** RFC 9113 §5.3.2: the frames have no meaning any more. Node drops them from this version on. */
const dropsPriority = isFrom(24, 2);

function isFrom(major: number, minor: number): boolean {
  const [hasMajor = 0, hasMinor = 0] = process.versions.node.split(".").map(Number);
  return hasMajor > major || (hasMajor === major && hasMinor >= minor);
}

test("RFC 9113 §10.5: floods of PING, SETTINGS and PRIORITY end the connection", async () => {
  const floods: readonly ((number: number) => Buffer)[] = [
    () => frame(Type.ping, 0, 0, Buffer.alloc(8)),
    () => frame(Type.settings, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0])),
    ...(dropsPriority ? [] : [priority]),
  ];
  for (const [index, make] of floods.entries()) {
    await flood(make);
    assert.equal(told("control frames"), index + 1);
  }
});

test(
  "RFC 9113 §5.3.2: PRIORITY frames that are dropped change nothing",
  { skip: dropsPriority ? false : "this Node.js counts them" },
  async () => {
    const client = await open();
    for (let i = 0; i < TIMES; i++) {
      client.send(priority(i + 1));
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    client.send(request(1, "/"));
    await framesUntil(client, endOf(1));
    client.socket.destroy();
  },
);

test("RFC 9113 §10.5: a head in endless CONTINUATION frames ends the connection", async () => {
  const start = frame(Type.headers, END_STREAM, 1, fields(":method", "GET"));
  await flood(() => frame(Type.continuation, 0, 1, fields("a", "b")), [start]);
});

test("RFC 9113 §10.5: a flood of empty DATA frames ends the connection", async () => {
  await flood(() => frame(Type.data, 0, 1), [request(1, "/echo", 0)]);
});

test("RFC 9113 §10.5: a huge head gets 431 or a reset, and costs no more", async () => {
  const huge = Array.from({ length: 90 }, (_, i) => [`x-${i}`, "y".repeat(150)]).flat();
  assert.match(
    await answerTo(
      request(1, "/", END_STREAM, ...huge, ...Array.from({ length: 40 }, () => ["a", "b"]).flat()),
    ),
    /^431|^reset/,
  );
});

test("after all of this the server serves", async () => {
  assert.match(await answerTo(request(1, "/")), /"SERVER_PROTOCOL": "HTTP\/2\.0"/);
});

test("RFC 9113 §5.1.2: streams beyond the limit are refused, the others are served", async () => {
  const narrow = await startServer(
    ["--http2", "all", "--http2-max-concurrent-streams", "2", ...APP],
    {
      env: { WAIT_FOR: `${waitFor}-narrow` },
    },
  );
  const client = await open(narrow.port);
  for (const stream of [1, 3, 5]) client.send(request(stream, "/waits"));
  const frames = await framesUntil(
    client,
    ({ type, stream }) => type === Type.reset && stream === 5,
  );
  assert.equal(frames.find(({ type }) => type === Type.reset)?.payload.readUInt32BE(0), 7);
  writeFileSync(`${waitFor}-narrow`, "");
  await framesUntil(client, endOf(3));
  client.socket.destroy();
  await narrow.stop();
});

test("RFC 9113 §6.8: a stop tells by GOAWAY what is still answered, and answers it", async () => {
  const stopping = await startServer(["--http2", "all", ...APP], { env: { WAIT_FOR: waitFor } });
  const session = connect(stopping.origin);
  const away = new Promise<number>((resolve) => session.once("goaway", resolve));
  const stream = session.request({ ":path": "/waits" });
  const body = new Promise<string>((resolve, reject) => {
    let text = "";
    stream.on("data", (piece) => (text += String(piece)));
    stream.on("end", () => resolve(text));
    stream.on("error", reject);
  });
  await stoppable(`${waitFor}.begun`);
  const ended = stopping.stop();
  assert.equal(await away, 0);
  writeFileSync(waitFor, "");
  assert.equal(await body, "waited");
  assert.equal((await ended).code, 0);
});

async function stoppable(path: string): Promise<void> {
  const { existsSync } = await import("node:fs");
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("curl speaks it", async (t) => {
  const { spawnSync } = await import("node:child_process");
  const version = spawnSync("curl", ["--version"], { encoding: "utf8" });
  if (!/HTTP2/.test(version.stdout ?? "")) {
    t.skip("needs curl with HTTP/2");
    return;
  }
  const { spawn } = await import("node:child_process");
  const args = [
    "-s",
    "-m",
    "10",
    "--http2-prior-knowledge",
    "-w",
    "%{http_version} %{http_code}",
    `${server.origin}/empty`,
  ];
  const child = spawn("curl", args);
  let text = "";
  child.stdout.on("data", (piece) => (text += String(piece)));
  await new Promise((resolve) => child.once("close", resolve));
  assert.equal(text, "2 204");
});

test("--http2 takes one of three words", async () => {
  const ended = await runCommand(["--http2", "yes", ...APP]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /--http2: "yes" is not accepted\. It takes tls, all or off\./);
});

test("RFC 9110 §15.5.9: a body that stands still gets 408, an answer that nobody takes a reset, and who asks nothing GOAWAY", async () => {
  const strict = await startServer([
    ...["--http2", "all", "--body-timeout", "0.5", "--write-timeout", "0.5", "--keep-alive", "0.5"],
    ...APP,
  ]);
  const client = await open(strict.port);
  client.send(frame(Type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]))); // A window of 0 bytes.
  client.send(request(1, "/large"));
  const reset = await framesUntil(
    client,
    ({ type, stream }) => type === Type.reset && stream === 1,
  );
  assert.ok(reset.some(({ type, stream }) => type === Type.headers && stream === 1));
  const away = await framesUntil(client, ({ type }) => type === Type.goaway);
  assert.equal(away.find(({ type }) => type === Type.goaway)?.payload.readUInt32BE(4), 0);
  client.socket.destroy();
  const slow = await open(strict.port);
  slow.send(request(1, "/echo", 0));
  slow.send(frame(Type.data, 0, 1, Buffer.from("abc")));
  const frames = await framesUntil(slow, endOf(1));
  const data = frames.find(({ type, stream }) => type === Type.data && stream === 1);
  assert.match(data?.payload.toString() ?? "", /^408 Request Timeout/);
  slow.socket.destroy();
  await strict.stop();
});

test("--no-request-buffering: a body is handed on while it comes, and held back by the stream's window", async () => {
  const streaming = await startServer(["--http2", "all", "--no-request-buffering", ...APP]);
  const session = connect(streaming.origin);
  const stream = session.request({ ":method": "POST", ":path": "/echo" });
  const sent = Buffer.alloc(3_000_000, "0123456789");
  const got = new Promise<Buffer>((resolve, reject) => {
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => resolve(Buffer.concat(pieces)));
    stream.on("error", reject);
  });
  stream.end(sent);
  assert.ok((await got).equals(sent));
  session.destroy();
  await streaming.stop();
});

test("a reader that takes nothing keeps no worker", async () => {
  const client = await open();
  client.send(frame(Type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])));
  client.send(request(1, "/large"));
  await framesUntil(client, ({ type, stream }) => type === Type.headers && stream === 1);
  assert.match(await answerTo(request(1, "/")), /"SERVER_PROTOCOL"/);
  client.socket.destroy();
});
