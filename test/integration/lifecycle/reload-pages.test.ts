/** --reload in the browser: the page about a fault, and what asks for changes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

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
    write(page("two"));
    await server.waitForLog(/Reloaded in/);
    const mended = await ask(server);
    assert.equal(mended.status, 200);
    assert.match(mended.body, /two \//);
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

test("--reload: a question for the next state is answered when new code serves, and at the end of the server", async () => {
  await withApp(page("one"), ["--reload"], async (server, write) => {
    await server.waitForLog(/Watching .* \(--reload\)/);
    const first = (await ask(server, STATE_PATH)).body;
    const waiting = ask(server, `${STATE_PATH}?of=${first}`);
    write(page("two"));
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
