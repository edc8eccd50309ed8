/** Files that the front sends in the worker's place: wsgi.file_wrapper, X-Sendfile, X-Accel-Redirect. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { type Answer, valuesOf } from "../support/answer.ts";
import { RawClient } from "../support/raw-client.ts";
import { until } from "../support/server-processes.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const APP = ["--chdir", "test/apps/handover", "handover"];
const MEGABYTE = Buffer.concat(
  Array<Buffer>(4096).fill(Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
);

function request(target: string, method = "GET", version = "1.1"): string {
  return `${method} ${target} HTTP/${version}\r\nHost: a\r\n\r\n`;
}

/** A server with its clients, in a folder with files. */
class Place {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "wizgy-files-")));
  readonly clients: RawClient[] = [];
  server: RunningServer | null = null;

  async start(...args: readonly string[]): Promise<void> {
    this.server = await startServer([...args, ...APP]);
  }

  async connect(): Promise<RawClient> {
    const client = await RawClient.open(this.server!.port);
    this.clients.push(client);
    return client;
  }

  async get(target: string, method = "GET"): Promise<Answer> {
    const client = await this.connect();
    client.send(request(target, method));
    return client.answer(method);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async end(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.server?.stop("SIGINT");
    rmSync(this.folder, { recursive: true });
  }

  /** How many descriptors of the front are files of the folder. */
  openFiles(): number {
    const folder = `/proc/${this.server!.pid}/fd`;
    return readdirSync(folder).filter((fd) => {
      try {
        return readlinkSync(join(folder, fd)).startsWith(this.folder);
      } catch {
        return false; // Closed meanwhile.
      }
    }).length;
  }
}

describe("files of wsgi.file_wrapper", () => {
  const place = new Place();
  before(() => place.start());
  after(() => place.end());

  for (const [what, query, expected] of [
    ["a large file goes out whole, with its length", "size=2000000", [0, 2_000_000]],
    ["a short one, too", "size=1000", [0, 1000]],
    ["from its present position", "size=1000000&offset=700001", [700_001, 1_000_000]],
    ["up to the application's Content-Length", "size=1000000&length=200001", [0, 200_001]],
    ["from its position up to Content-Length", "size=1000000&offset=5&length=99999", [5, 100_004]],
    ["a file with a name that goes when it is closed", "size=500000&named=", [0, 500_000]],
    ["a file without a buffer", "size=500000&offset=9&unbuffered=", [9, 500_000]],
  ] as const) {
    test(`PEP 3333 "Optional Platform-Specific File Handling": ${what}; its close() is called`, async () => {
      const id = query.replaceAll(/\W/g, "-");
      const answer = await place.get(`/file?${query}&id=${id}`);
      const [start, end] = expected;
      assert.deepEqual(valuesOf(answer, "Content-Length"), [String(end - start)]);
      const whole = Buffer.concat([MEGABYTE, MEGABYTE]);
      assert.ok(answer.body.equals(whole.subarray(start, end)));
      if (query.includes("unbuffered")) return;
      const { text } = await place.get(`/noted?id=${id}&count=1`);
      assert.deepEqual(JSON.parse(text), ["close"]);
    });
  }

  test("what was written comes before the file", async () => {
    const answer = await place.get("/file?size=300000&write=abc");
    assert.ok(
      answer.body.equals(Buffer.concat([Buffer.from("abc"), MEGABYTE.subarray(0, 300_000)])),
    );
  });

  for (const kind of ["gzip", "spooled", "pipe", "replaced", "memory"]) {
    test(`what read() gives is sent, not what a descriptor holds: ${kind}`, async () => {
      const { body } = await place.get(`/odd?kind=${kind}`);
      const expected = Buffer.concat([MEGABYTE, MEGABYTE]);
      assert.ok(body.equals(kind === "replaced" ? Buffer.from(expected.toReversed()) : expected));
    });
  }

  test("a file of /proc, which says that it is empty, is read", async () => {
    const { text } = await place.get("/by_name?path=/proc/self/status");
    assert.match(text, /^Name:/);
  });

  test("RFC 9110 §9.3.2: HEAD gets the length and no body, 204 and 304 neither", async () => {
    const head = await place.get("/file?size=300000&id=head", "HEAD");
    assert.deepEqual(valuesOf(head, "Content-Length"), ["300000"]);
    for (const status of ["204", "304"]) {
      const answer = await place.get(`/file?size=300000&id=${status}&status=${status}+X`);
      assert.equal(answer.status, Number(status));
      assert.deepEqual(valuesOf(answer, "Content-Length"), []);
    }
    for (const id of ["head", "204", "304"]) {
      assert.equal((await place.get(`/noted?id=${id}&count=1`)).text, '["close"]');
    }
  });

  test("requests that follow on the connection are answered in order", async () => {
    const client = await place.connect();
    client.send(request("/file?size=400000") + request("/hello") + request("/file?size=400001"));
    assert.equal((await client.answer()).body.length, 400_000);
    assert.equal((await client.answer()).text, "hello");
    assert.equal((await client.answer()).body.length, 400_001);
  });

  test("RFC 9112 §9.3: HTTP/1.0 gets it, too, and then the end of the connection", async () => {
    const client = await place.connect();
    client.send(request("/file?size=400000", "GET", "1.0"));
    assert.equal((await client.answer()).body.length, 400_000);
    assert.equal(await client.ended(), "");
  });
});

describe("slow readers of files", () => {
  const place = new Place();
  before(() => place.start());
  after(() => place.end());
  const size = 16 * 1024 * 1024;

  test("the only thread of the only worker is free while clients read slowly", async () => {
    writeFileSync(place.path("large"), Buffer.alloc(size, "x"));
    const slow: RawClient[] = [];
    for (let i = 0; i < 20; i++) {
      const client = await place.connect();
      client.send(request(`/by_name?path=${place.path("large")}`));
      await client.received("\r\n\r\n");
      client.socket.pause();
      slow.push(client);
    }
    assert.equal((await place.get("/hello")).text, "hello");
    assert.equal(place.openFiles(), 20);
    slow[0]!.socket.resume();
    assert.equal((await slow[0]!.answer()).body.length, size);
    for (const client of slow) client.destroy();
    await until(5_000, () => (place.openFiles() === 0 ? null : `${place.openFiles()} files open`));
  });

  test("a file that becomes shorter while it is sent: the connection is cut, and it is logged", async () => {
    writeFileSync(place.path("shrinks"), Buffer.alloc(size, "x"));
    const client = await place.connect();
    client.send(request(`/by_name?path=${place.path("shrinks")}`));
    await client.received("\r\n\r\n");
    client.socket.pause();
    truncateSync(place.path("shrinks"), 1024 * 1024);
    client.socket.resume();
    const answer = await client.answer();
    assert.equal(answer.complete, false);
    await place.server!.waitForLog(
      /shrinks: the file can't be sent to its end: the file became shorter/,
    );
  });

  test("wire §5.11: what the front has taken arrives although the worker is killed", async () => {
    const client = await place.connect();
    client.send(request(`/by_name?path=${place.path("large")}`));
    await client.received("\r\n\r\n");
    client.socket.pause();
    const pid = Number((await place.get("/pid")).text);
    process.kill(pid, "SIGKILL");
    assert.equal((await place.get("/hello")).text, "hello");
    client.socket.resume();
    assert.equal((await client.answer()).body.length, size);
  });
});

describe("X-Sendfile and X-Accel-Redirect", () => {
  const place = new Place();
  before(async () => {
    mkdirSync(place.path("root/sub"), { recursive: true });
    mkdirSync(place.path("root-2"));
    writeFileSync(place.path("root/a.txt"), "below");
    writeFileSync(place.path("root/sub/b c%.txt"), "with a space");
    writeFileSync(place.path("root/grün"), "green");
    writeFileSync(place.path("secret"), "secret");
    writeFileSync(place.path("root-2/secret"), "secret");
    symlinkSync(place.path("secret"), place.path("root/out"));
    symlinkSync(place.folder, place.path("root/up"));
    symlinkSync("a.txt", place.path("root/in"));
    await place.start(
      ...["--sendfile-root", place.path("root")],
      ...["--sendfile-root", `/files=${place.path("root")}`],
      ...["--sendfile-root", `/files/deep=${place.path("root/sub")}`],
    );
  });
  after(() => place.end());

  const named = (field: string, path: string, more = ""): string =>
    `/sendfile?field=${field}&path=${encodeURIComponent(path)}${more}`;

  const FIELDS = [
    ["X-Sendfile", (path: string) => place.path(`root/${path}`), (path: string) => path],
    ["x-accel-redirect", (path: string) => `/files/${path}`, encodeURIComponent],
  ] as const;

  for (const [field, below, spell] of FIELDS) {
    test(`${field}: the file is sent with the application's status and type; the field is gone`, async () => {
      for (const more of ["", "&blocks=", "&length=5", "&length=4000", "&status=203+Other"]) {
        const answer = await place.get(named(field, below("a.txt"), more));
        assert.equal(answer.text, "below", more);
        assert.equal(answer.status, more.includes("203") ? 203 : 200);
        assert.deepEqual(valuesOf(answer, "Content-Type"), ["text/x-own"]);
        assert.deepEqual(valuesOf(answer, "Content-Length"), ["5"]);
        assert.deepEqual(valuesOf(answer, field), []);
      }
    });

    test(`${field}: HEAD gets the length, 204 and 304 nothing`, async () => {
      const head = await place.get(named(field, below("a.txt")), "HEAD");
      assert.deepEqual(valuesOf(head, "Content-Length"), ["5"]);
      const answer = await place.get(named(field, below("a.txt"), "&status=304+X"));
      assert.deepEqual([answer.status, answer.text], [304, ""]);
    });

    test(`${field}: odd names, and links that stay below the root`, async () => {
      assert.equal((await place.get(named(field, below("in")))).text, "below");
      const odd = below(`sub/${spell("b c%.txt")}`);
      assert.equal((await place.get(named(field, odd))).text, "with a space");
    });

    for (const wrong of ["../secret", "sub/../../secret", "out", "up/secret", "../root-2/secret"]) {
      test(`${field}: no way out of the root: ${wrong}`, async () => {
        const answer = await place.get(named(field, below(wrong)));
        assert.equal(answer.status, 500);
        assert.ok(!answer.text.includes("secret"));
        await place.server!.waitForLog(/the file that the application names can't be sent/);
      });
    }

    test(`${field}: what isn't there, or is no file, is a 404`, async () => {
      for (const path of ["none", "a.txt/x", "sub"]) {
        assert.equal((await place.get(named(field, below(path)))).status, 404, path);
      }
    });
  }

  for (const wrong of [
    "/files/%2e%2e/secret",
    "/files/..%2fsecret",
    "/files/sub%2Fb",
    "/files/a.txt%00",
    "/files/a%zz",
    "/other/a.txt",
    "/filesystem/a.txt",
    "files/a.txt",
    "/files/sub%5c..",
  ]) {
    test(`X-Accel-Redirect: refused: ${wrong}`, async () => {
      assert.equal((await place.get(named("X-Accel-Redirect", wrong))).status, 500);
    });
  }

  test("X-Accel-Redirect: the longest prefix counts, escapes are decoded once, a query is ignored", async () => {
    const get = async (path: string): Promise<string> =>
      (await place.get(named("X-Accel-Redirect", path))).text;
    assert.equal(await get("/files/deep/b%20c%25.txt?download=1"), "with a space");
    assert.equal(await get("/files/gr%C3%BCn"), "green");
  });

  test("X-Sendfile: a path beside the root, relative, or of another folder is refused", async () => {
    for (const path of [
      place.path("root-2/secret"),
      place.path("secret"),
      "root/a.txt",
      "/etc/passwd",
    ]) {
      assert.equal((await place.get(named("X-Sendfile", path))).status, 500, path);
    }
  });
});

describe("without --sendfile-root", () => {
  const place = new Place();
  before(() => place.start());
  after(() => place.end());

  for (const field of ["X-Sendfile", "X-Accel-Redirect"]) {
    test(`${field} is an ordinary field: it may be meant for a server in front`, async () => {
      const answer = await place.get(`/sendfile?field=${field}&path=/etc/passwd`);
      assert.equal(answer.text, "not this");
      assert.deepEqual(valuesOf(answer, field), ["/etc/passwd"]);
      const streamed = await place.get(`/sendfile?field=${field}&path=/etc/passwd&blocks=`);
      assert.equal(streamed.text, "not this");
    });
  }
});
