/**
 * Each program in examples/ served by the real server and spoken to over real sockets: once as it is,
 * once between wsgiref's validator and the server, which judges both (test/apps/validated.py).
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";

import { type RunningServer, startServer, withServer } from "../support/server.ts";

interface Example {
  readonly name: string;
  /** In the page at `/`. */
  readonly page: RegExp;
  /** The answer to `/hello/nö?greeting=Él`, for those that have this page. */
  readonly hello?: string;
  /** In the answer to `name=Zoë` posted to `/form`, for those that have this page. */
  readonly form?: RegExp;
  /** Whether `/stream` yields the lines 1, 2, 3. */
  readonly streams?: boolean;
  /** Whether any path is found. */
  readonly answersEverywhere?: boolean;
}

const thanks = /Thank you, Zoë\./;

const examples: readonly Example[] = [
  { name: "callable", page: /Hello, world/, hello: "Él, nö!", form: thanks, streams: true },
  { name: "class_based", page: /Hello from a class/, hello: "Hello, nö!\n", form: thanks },
  { name: "wsgiref_demo", page: /^Hello world!/, answersEverywhere: true },
  { name: "middleware", page: /^HELLO FROM INSIDE$/, answersEverywhere: true },
  { name: "flask", page: /Hello, stranger/, hello: "Él, nö!", streams: true },
  { name: "django", page: /Hello, stranger/, hello: "Él, nö!", streams: true },
  { name: "pyramid", page: /Hello from Pyramid/, hello: "Él, nö!", form: thanks, streams: true },
  { name: "bottle", page: /Hello from Bottle/, hello: "Él, nö!", form: thanks, streams: true },
  { name: "webpy", page: /Hello from web\.py/, hello: "Él, nö!", form: thanks, streams: true },
  {
    name: "falcon",
    page: /^\{"hello": "world"\}$/,
    hello: '{"greeting": "Él", "name": "nö"}',
    form: /^\{"thanks": "Zoë"\}$/,
    streams: true,
  },
  { name: "cherrypy", page: /Hello from CherryPy/, hello: "Él, nö!", form: thanks, streams: true },
  { name: "welcome", page: /Wizgy is running/, form: /<th>name<td>Zoë/ },
];

const formType = "application/x-www-form-urlencoded";

for (const example of examples) {
  const file = `examples/${example.name}/app.py`;
  describe(file, () => exercise(example, [file]));
  describe(`${file} between wsgiref.validate and the server`, () => {
    exercise(example, [`test/apps/validated.py:wrap('${file}')`]);
  });
}

function exercise(example: Example, args: readonly string[]): void {
  const server = serverForSuite(args);

  test("the page has a status, a type and its text, again and again on one connection", async () => {
    for (let visit = 0; visit < 3; visit += 1) {
      const response = await fetch(`${server().origin}/`);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type") ?? "", /^(text|application)\//);
      assert.match(await response.text(), example.page);
    }
  });

  test("RFC 9110 §9.3.2: HEAD has the fields of GET and no content", async () => {
    const { head, rest } = await exchange(server().port, "HEAD / HTTP/1.1\r\nHost: t\r\n");
    assert.match(head, /^HTTP\/1\.1 (200|405) /);
    assert.equal(rest, "");
  });

  test("RFC 9110 §9.3.7: OPTIONS * reaches the application and gets a whole answer", async () => {
    const { head } = await exchange(server().port, "OPTIONS * HTTP/1.1\r\nHost: t\r\n");
    assert.match(head, /^HTTP\/1\.1 ([234]\d\d|501) /);
  });

  if (example.answersEverywhere !== true) {
    test("a path that isn't there gets the application's own 404", async () => {
      const response = await fetch(`${server().origin}/no/such/page`);
      assert.equal(response.status, 404);
      assert.notEqual(await response.text(), "");
    });
  }

  if (example.hello !== undefined) {
    test("PEP 3333 §Unicode Issues: a path and a query outside ASCII arrive whole", async () => {
      const response = await fetch(`${server().origin}/hello/nö?greeting=Él`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), example.hello);
    });
  }

  if (example.form !== undefined) {
    const pattern = example.form;
    test("a posted form is read, with a length and chunked", async () => {
      const form = new URLSearchParams({ name: "Zoë" });
      const response = await fetch(`${server().origin}/form`, { method: "POST", body: form });
      assert.equal(response.status, 200);
      assert.match(await response.text(), pattern);

      const { head, body } = await exchange(
        server().port,
        `POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n`,
        "5\r\nname=\r\n8\r\nZo%C3%AB\r\n0\r\n\r\n",
      );
      assert.match(head, /^HTTP\/1\.1 200 /);
      assert.match(body, pattern);
    });
  }

  if (example.streams === true) {
    test("PEP 3333 §Buffering and Streaming: an answer of unknown length arrives whole", async () => {
      const response = await fetch(`${server().origin}/stream`);
      assert.equal(await response.text(), "1\n2\n3\n");
      const { head, body } = await exchange(server().port, "GET /stream HTTP/1.0\r\n");
      assert.doesNotMatch(head, /transfer-encoding/i);
      assert.equal(body, "1\n2\n3\n");
    });
  }

  // By then the suite's other tests have run: nothing they did may have left a complaint.
  test("it stops with 0 and the log holds no traceback", async () => {
    const { code, stderr } = await server().stop();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /Traceback|AssertionError|without being closed/);
  });
}

describe("sessions", () => {
  test("Flask: a session cookie makes the round trip through a form and its redirect", async () => {
    await withServer(["examples/flask/app.py"], async ({ origin }) => {
      const browser = new Browser(origin);
      assert.match((await browser.get("/")).text, /Visit number 1\./);
      const posted = await browser.post("/sign", { name: "Zoë <b>" });
      assert.deepEqual([posted.status, posted.location], [302, "/"]);
      assert.match((await browser.get("/")).text, /Hello, Zoë &lt;b&gt;[^]*Visit number 2\./);
      assert.match((await new Browser(origin).get("/")).text, /stranger[^]*number 1\./);
    });
  });

  test("Django: a form is refused without its CSRF token and accepted with it", async () => {
    await withServer(["examples/django/app.py"], async ({ origin }) => {
      const browser = new Browser(origin);
      const page = await browser.get("/");
      assert.match(page.text, /Visit number 1\./);
      assert.deepEqual([...browser.cookies.keys()].toSorted(), ["csrftoken", "sessionid"]);
      assert.equal((await browser.post("/sign", { name: "Eve" })).status, 403);

      const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
      const fields = { name: "Zoë", csrfmiddlewaretoken: token };
      const posted = await browser.post("/sign", fields);
      assert.deepEqual([posted.status, posted.location], [302, "/"]);
      assert.match((await browser.get("/")).text, /Hello, Zoë[^]*Visit number 2\./);
    });
  });

  test("Pyramid: a signed session counts the visits of one browser", async () => {
    await withServer(["examples/pyramid/app.py"], async ({ origin }) => {
      const browser = new Browser(origin);
      assert.match((await browser.get("/")).text, /Visit number 1\./);
      assert.match((await browser.get("/")).text, /Visit number 2\./);
    });
  });
});

describe("examples/middleware/app.py", () => {
  test("PEP 3333 §Middleware: what is written and what is returned pass both layers in order", async () => {
    await withServer(["examples/middleware/app.py"], async (server) => {
      const response = await fetch(`${server.origin}/write`);
      assert.equal(await response.text(), "WRITTEN, HELLO FROM INSIDE");
      assert.match(response.headers.get("server-timing") ?? "", /^app;dur=\d/);
      await server.waitForLog(/write\(\) of 9 bytes/);
    });
  });
});

describe("examples/welcome/app.py", () => {
  const server = serverForSuite(["examples/welcome/app.py"]);

  test("the page shows the environ, escaped, and the worker that answered", async () => {
    const headers = { "X-Note": "<script>" };
    const text = await (await fetch(`${server().origin}/?a=<b>`, { headers })).text();
    assert.match(text, /<th>HTTP_X_NOTE<td>&lt;script&gt;/);
    assert.match(text, /<th>QUERY_STRING<td>a=%3Cb%3E/);
    assert.match(text, /<th>wsgi\.version<td>\(1, 0\)/);
    assert.match(text, /<dt>Worker process<\/dt><dd>\d+<\/dd>/);
    // The namespace of the icon's SVG is a name: nothing is loaded from there.
    assert.doesNotMatch(text, /<script>|https?:\/\/(?!127\.0\.0\.1|t|www\.w3\.org\/2000\/svg)/);
  });

  test("an upload of three files is counted, a large one among them", async () => {
    const large = new Blob([new Uint8Array(3_000_000).fill(13)]);
    const form = new FormData();
    form.append("file", large, "large.bin");
    form.append("file", new Blob([]), "empty.bin");
    form.append("file", new Blob(["\r\n--\r\n"]), "nö<.txt");
    const response = await fetch(`${server().origin}/upload`, { method: "POST", body: form });
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.match(text, /<th>large\.bin<td>3,000,000 bytes/);
    assert.match(text, /<th>empty\.bin<td>0 bytes\nSHA-256 e3b0c44298fc/);
    assert.match(text, /<th>nö&lt;\.txt<td>6 bytes/);
  });

  test("an upload that is cut short inside its last part is refused", async () => {
    const response = await fetch(`${server().origin}/upload`, {
      method: "POST",
      headers: { "Content-Type": "multipart/form-data; boundary=q" },
      body: '--q\r\nContent-Disposition: form-data; filename="x"\r\n\r\nabc',
    });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /ends before its last boundary/);
  });

  test("a method that a page doesn't know gets 405 with Allow", async () => {
    const response = await fetch(`${server().origin}/stream`, { method: "DELETE" });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.text();
  });

  test("PEP 3333 §Buffering and Streaming: each line is here before the next one is made", async () => {
    const response = await fetch(`${server().origin}/stream`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.ok(reader);
    let lines = 0;
    let readsWithLines = 0;
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const here = read.value.match(/<li>/g)?.length ?? 0;
      lines += here;
      if (here > 0) readsWithLines += 1;
    }
    assert.equal(lines, 12);
    // The generator pauses after each line, so a read seldom holds two; a server that held lines back
    // would give all of them at once. The margin is for a busy machine.
    assert.ok(readsWithLines >= 4, `${lines} lines came in ${readsWithLines} reads`);
  });
});

/** A browser as far as cookies go: it keeps what it is given and doesn't follow redirects. */
class Browser {
  readonly cookies: Map<string, string> = new Map();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  get(path: string): Promise<Answer> {
    return this.#send(path, {});
  }

  post(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.#send(path, { method: "POST", body: new URLSearchParams(fields) });
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(this.#origin + path, {
      ...init,
      redirect: "manual",
      headers: { Cookie: cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    const location = response.headers.get("location");
    return { status: response.status, location, text: await response.text() };
  }
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** Starts one server for all tests of a suite. */
function serverForSuite(args: readonly string[]): () => RunningServer {
  let running: RunningServer | null = null;
  before(async () => {
    running = await startServer(args);
  });
  after(async () => {
    await running?.stop();
  });
  return () => {
    assert.ok(running, "the server has not started");
    return running;
  };
}

interface RawAnswer {
  readonly head: string;
  /** What follows the head, as it came. */
  readonly rest: string;
  /** `rest` without its chunked framing, where it has one. */
  readonly body: string;
}

/** Sends one request as raw bytes with `Connection: close` and reads until the server closes. */
function exchange(port: number, head: string, body = ""): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.setEncoding("utf8");
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no end after:\n${received}`)));
    socket.on("data", (text: string) => {
      received += text;
    });
    socket.on("error", reject);
    socket.on("end", () => {
      socket.destroy();
      const end = received.indexOf("\r\n\r\n");
      const answerHead = received.slice(0, end);
      const rest = received.slice(end + 4);
      const chunked = /\r\ntransfer-encoding: *chunked/i.test(answerHead);
      resolve({ head: answerHead, rest, body: chunked ? withoutChunks(rest) : rest });
    });
    socket.write(`${head}Connection: close\r\n\r\n${body}`);
  });
}

function withoutChunks(text: string): string {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    assert.ok(size >= 0, `a chunk size at ${at}`);
    if (size === 0) return Buffer.concat(parts).toString();
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
