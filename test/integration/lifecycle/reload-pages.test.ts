/** --reload in the browser: the page about a fault, and what asks for changes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { type Chromium, startChromium } from "../../support/chromium.ts";
import { RawClient } from "../../support/raw-client.ts";
import { type RunningServer, startServer } from "../../support/server.ts";

const BROKEN = `raise RuntimeError("<b>not & yet</b>")\n`;
const STATE_PATH = "/.wizgy/reload";

/** Starts a server with the application `app.py`; stops it at the end. */
async function withApp(
  source: string,
  args: readonly string[],
  use: (server: RunningServer, write: (source: string) => void) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-pages-"));
  const write = (text: string): void => writeFileSync(join(folder, "app.py"), text);
  write(source);
  let server: RunningServer | null = null;
  try {
    server = await startServer([...args, "app"], { cwd: folder });
    await use(server, write);
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

// Texts of different lengths: Python takes a file of the same second and size for the same.
function page(text: string): string {
  return `def application(environ, start_response):
    body = b"<html><body>${text} " + environ["PATH_INFO"].encode() + b"</body></html>"
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
    return [body]
`;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: string;
}

/** One request as a browser on this machine sends it for a page; `lines` replace what they name. */
async function ask(
  server: RunningServer,
  path = "/",
  { host = "localhost", method = "GET", lines = "Accept: text/html\r\n" } = {},
): Promise<Answer> {
  const client = await RawClient.open(server.port);
  client.send(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines}Connection: close\r\n\r\n`);
  const text = await client.ended();
  client.destroy();
  const head = text.indexOf("\r\n\r\n");
  return { status: Number(text.slice(9, 12)), text, body: text.slice(head + 4) };
}

test("--reload: a first start with broken code waits for the fix, and the page has the traceback, escaped", async () => {
  await withApp(BROKEN, ["--reload"], async (server, write) => {
    await server.waitForLog(/Waiting for a fix \(--reload\): [^]*RuntimeError/);
    await server.waitForLog(/Watching .* \(--reload\)/);
    const broken = await ask(server);
    assert.equal(broken.status, 503);
    assert.match(broken.body, /<title>Mend the code and save it<\/title>/);
    assert.match(broken.body, /RuntimeError: &lt;b&gt;not &amp; yet&lt;\/b&gt;/);
    assert.doesNotMatch(broken.body, /<b>/);
    const length = /Content-Length: (\d+)/.exec(broken.text);
    assert.equal(Number(length?.[1]), Buffer.byteLength(broken.body));
    const head = await ask(server, "/", { method: "HEAD" });
    assert.equal(head.status, 503);
    assert.equal(head.body, "");
    write(page("mended"));
    await server.waitForLog(/Reloaded in/);
    assert.match((await ask(server, "/x")).body, /mended \/x/);
  });
});

test("--reload: broken code is shown to who asks for a page, until it is mended; others get the last good code", async () => {
  await withApp(page("one"), ["--reload"], async (server, write) => {
    await server.waitForLog(/Watching .* \(--reload\)/);
    write(BROKEN);
    await server.waitForLog(/The reload failed, and the workers that are there go on/);
    const shown = await ask(server);
    assert.equal(shown.status, 500);
    assert.match(shown.body, /RuntimeError/);
    for (const lines of [
      "Accept: */*\r\n",
      "Sec-Fetch-Dest: script\r\nAccept: text/html\r\n",
      "",
    ]) {
      assert.match((await ask(server, "/", { lines })).body, /one \//, lines);
    }
    write(page("second"));
    await server.waitForLog(/Reloaded in/);
    const mended = await ask(server);
    assert.equal(mended.status, 200);
    assert.match(mended.body, /second \//);
  });
});

test("--reload: neither a proxy's client nor another site's name gets the cause or the script", async () => {
  await withApp(BROKEN, ["--reload"], async (server) => {
    const asked: Parameters<typeof ask>[2][] = [
      { host: "evil.example" },
      { host: "localhost.evil.example" },
      { host: "127.0.0.1.evil.example" },
      { lines: "Accept: text/html\r\nX-Forwarded-For: 192.0.2.1\r\n" },
      { lines: "Accept: text/html\r\nForwarded: for=192.0.2.1\r\n" },
      { lines: "Accept: text/html\r\nVia: 1.1 tunnel\r\n" },
    ];
    for (const options of asked) {
      for (const path of ["/", STATE_PATH, `${STATE_PATH}.js`]) {
        const answer = await ask(server, path, options);
        assert.equal(answer.status, 503, JSON.stringify(options));
        assert.equal(answer.body, "503 Service Unavailable\n");
      }
    }
  });
});

/** Paths choose what is special about the answer. */
const VARIED = `import gzip
PAGE = b"<html><body>page</body></html>"
def application(environ, start_response):
    path = environ["PATH_INFO"]
    body, status, headers = [PAGE], "200 OK", [("content-type", "text/html; charset=utf-8")]
    if path == "/length":
        headers.append(("content-length", str(len(PAGE))))
    elif path == "/pieces":
        body = iter([PAGE[:5], PAGE[5:]])
    elif path == "/large":
        body = iter([b"x" * 300000] * 3)
    elif path == "/long":
        body = [PAGE * 50]
    elif path == "/empty":
        body = []
    elif path == "/404":
        status = "404 Not Found"
    elif path == "/304":
        status, body = "304 Not Modified", []
    elif path == "/206":
        status = "206 Partial Content"
        headers.append(("Content-Range", "bytes 0-29/100"))
    elif path == "/gzip":
        body = [gzip.compress(PAGE)]
        headers.append(("Content-Encoding", "gzip"))
    elif path == "/plain":
        headers = [("Content-Type", "text/plain"), ("X-Type", "text/html")]
    elif path == "/wide":
        headers = [("Content-Type", "text/html; charset=UTF-16")]
    elif path == "/saved":
        headers.append(("Content-Disposition", "attachment"))
    start_response(status, headers)
    return body
`;
const SCRIPT_TAG = /<script src="\/\.wizgy\/reload\.js\?of=[0-9a-f]+-\d+"><\/script>$/;

test("--reload: a page gets the script at its end, and its length counts it (RFC 9110 §8.6)", async () => {
  await withApp(VARIED, ["--reload"], async (server) => {
    for (const path of ["/length", "/pieces", "/404", "/large", "/empty"]) {
      // The client's parser checks the framing; the next answer would show what is left over.
      const client = await RawClient.open(server.port);
      for (let count = 0; count < 2; count++) {
        client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n`);
        const answer = await client.answer();
        assert.equal(answer.status, path === "/404" ? 404 : 200);
        assert.match(answer.text, SCRIPT_TAG, path);
      }
      client.destroy();
    }
    const shown = await ask(server, "/length", { lines: "Sec-Fetch-Dest: document\r\n" });
    assert.match(shown.text, /<\/html><script/);
  });
});

test("--reload: a page over HTTP/2 gets the script, too (RFC 9113 §8.1.1)", async () => {
  await withApp(VARIED, ["--reload", "--http2", "all"], async (server) => {
    const session = connect(`http://localhost:${server.port}`);
    for (const path of ["/length", "/pieces", "/large", "/empty", "/304"]) {
      const stream = session.request({ ":path": path, accept: "text/html" });
      const text = await streamText(stream);
      if (path === "/304") assert.equal(text, "");
      else assert.match(text, SCRIPT_TAG, path);
    }
    session.close();
  });
});

/** node:http2 refuses an answer whose length is wrong. */
async function streamText(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece.toString("latin1");
  return text;
}

test("--reload with --compress: a page gets the script before it is compressed", async () => {
  const args = ["--reload", "--compress", "--compress-min-size", "0"];
  await withApp(VARIED, args, async (server) => {
    const client = await RawClient.open(server.port);
    for (const path of ["/long", "/pieces", "/large"]) {
      const lines = "Host: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n";
      client.send(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
      const answer = await client.answer();
      assert.match(answer.head, /\r\nContent-Encoding: gzip\r\n/, path);
      assert.match(gunzipSync(answer.body).toString(), SCRIPT_TAG, path);
    }
    client.destroy();
  });
});

test("--reload: other answers and other requests are as they are without it", async () => {
  await withApp(VARIED, ["--reload"], async (server) => {
    for (const path of ["/304", "/206", "/gzip", "/plain", "/wide", "/saved"]) {
      const answer = await ask(server, path);
      assert.doesNotMatch(answer.text, /wizgy\//, path);
      const length = /Content-Length: (\d+)/i.exec(answer.text)?.[1];
      if (path !== "/304") assert.equal(length, String(answer.body.length), path);
    }
    const asked: Parameters<typeof ask>[2][] = [
      { method: "HEAD" },
      { method: "POST", lines: "Accept: text/html\r\nContent-Length: 0\r\n" },
      { lines: "Accept: */*\r\n" },
      { lines: "Accept: text/html\r\nSec-Fetch-Dest: empty\r\n" },
      { lines: "Accept: text/html\r\nX-Forwarded-Proto: https\r\n" },
      { host: "evil.example" },
    ];
    for (const options of asked) {
      const answer = await ask(server, "/length", options);
      assert.match(answer.text, /content-length: 30\r\n/, JSON.stringify(options));
      assert.doesNotMatch(answer.text, /<script/);
    }
  });
});

const started = await startChromium();
const skip = typeof started === "string" ? started : false;
after(async () => {
  if (typeof started !== "string") await started.close();
});

/** A page that tells the server, which logs it, that it is shown. */
function tellingPage(text: string): string {
  return `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>x</title><p>${text}<script>fetch('/shown-${text}')</script>"]
`;
}

test(
  "--reload: Chromium loads a page again when new code serves, when it is broken and when it is mended",
  { skip },
  async () => {
    const args = ["--reload", "--access-logfile", "-"];
    await withApp(tellingPage("one"), args, async (server, write) => {
      await server.waitForLog(/Watching .* \(--reload\)/);
      const tab = await (started as Chromium).tab();
      await tab.begin(`${server.origin}/`);
      await seen(server, /GET \/shown-one /);
      write(tellingPage("second"));
      await seen(server, /GET \/shown-second /);
      write(BROKEN);
      await seen(server, /"GET \/ HTTP\/1\.1" 500 /);
      await tab.until("document.querySelector('pre').textContent.includes('RuntimeError')");
      await tab.picture("reload-fault");
      write(tellingPage("three"));
      await seen(server, /GET \/shown-three /);
      const loads = server.stdout().match(/"GET \/ HTTP\/1\.1" /g)?.length;
      assert.equal(loads, 4, "each state is loaded once");
    });
  },
);

/** Resolves when the access log has it. */
async function seen(server: RunningServer, pattern: RegExp): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!pattern.test(server.stdout())) {
    if (performance.now() > endMs) assert.fail(`${String(pattern)}: ${server.stdout()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("--reload: a question for the next state is answered when new code serves, and at the end of the server", async () => {
  await withApp(page("one"), ["--reload"], async (server, write) => {
    await server.waitForLog(/Watching .* \(--reload\)/);
    const first = (await ask(server, STATE_PATH)).body;
    const waiting = ask(server, `${STATE_PATH}?of=${first}`);
    write(page("second"));
    const second = (await waiting).body;
    assert.notEqual(second, first);
    assert.equal((await ask(server, STATE_PATH)).body, second);
    assert.equal((await ask(server, `${STATE_PATH}?of=${first}`)).body, second);
    const last = ask(server, `${STATE_PATH}?of=${second}`);
    // So that it waits: requests of one server are read in the order in which they came.
    await ask(server);
    const ended = server.stop();
    assert.equal((await last).body, second);
    assert.equal((await ended).code, 0);
  });
});

test("without --reload nothing of it is there: its paths are the application's, and broken code ends the start", async () => {
  await withApp(page("plain"), [], async (server) => {
    for (const path of [STATE_PATH, `${STATE_PATH}.js`]) {
      assert.match((await ask(server, path)).body, new RegExp(`plain ${path}`));
    }
  });
  await assert.rejects(
    withApp(BROKEN, [], async () => {}),
    /ended [^]*RuntimeError[^]*app can't be served/,
  );
});
