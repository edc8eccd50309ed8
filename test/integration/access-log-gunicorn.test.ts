/** The same requests to this server and to gunicorn itself: their access logs are the same, byte for byte. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { hasGunicorn, startGunicorn } from "../support/gunicorn.ts";
import { startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-golden-"));
after(() => rmSync(folder, { recursive: true }));

const skip = hasGunicorn() ? false : "gunicorn is not installed for this Python";

const APP = `
def app(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status = "404 Not Found" if environ["PATH_INFO"].startswith("/missing") else "200 OK"
    start_response(status, [("Content-Type", "text/plain"), ("X-Answer", 'with "quotes"')])
    return [b"" if environ["PATH_INFO"] == "/empty" else b"hello " + body]
`;

const DEFAULT_WITHOUT_TIME = '%(h)s %(l)s %(u)s [] "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"';
const FORMATS = [
  DEFAULT_WITHOUT_TIME,
  '%(m)s %(U)s ?%(q)s %(H)s %(s)s %(B)s 100%% "%(u)s"',
  '%({Host}i)s %({X-Request}i)s %({none}i)s "%({x-answer}o)s" %({Content-Type}o)s %({none}o)s',
  "%(t)s %(T)s|%(M)s|%(D)s|%(L)s|%(p)s %(s)s",
  "%({REQUEST_METHOD}e)s %({HTTP_X_REQUEST}e)s %({QUERY_STRING}e)s %({PATH_INFO}e)s %(s)5s|%(s)-5s|",
];

const REQUESTS = [
  "GET / HTTP/1.1\r\nHost: a\r\n",
  'GET /a%20b/c?d=e&f="g HTTP/1.1\r\nHost: a\r\nUser-Agent: agent "quoted" 1.0\r\nReferer: http://b/?c="\r\n',
  "HEAD /head HTTP/1.1\r\nHost: a\r\nX-Request: one two\r\n",
  "GET /empty HTTP/1.0\r\nHost: a\r\nX-Request: 1\r\n",
  "POST /missing?q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n",
  "GET /user HTTP/1.1\r\nHost: a\r\nAuthorization: Basic bWUgJiAieW91IjpzZWNyZXQ=\r\n",
  "GET /bearer HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nReferer: http://c/\r\n",
];

/** Sends each request on a connection of its own, and waits for its end. */
async function sendAll(port: number): Promise<void> {
  for (const request of REQUESTS) {
    const body = request.startsWith("POST") ? "hello" : "";
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", reject).on("close", () => resolve());
      socket.resume();
      socket.write(`${request}Connection: close\r\n\r\n${body}`);
    });
  }
}

/** Times, durations and process ids in the form that they have. */
function masked(lines: string): string {
  return lines
    .replace(/\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d ([+-]\d{4})\]/g, "[TIME $1]")
    .replace(/ \d+\|\d+\|\d+\|\d+\.\d{6}\|<\d+> /g, " DURATIONS <PID> ");
}

for (const [index, format] of FORMATS.entries()) {
  test(`the lines of ${format} are gunicorn's`, { skip, timeout: 60_000 }, async () => {
    writeFileSync(join(folder, "served.py"), APP);
    const theirs = join(folder, `theirs-${index}.log`);
    const ours = join(folder, `ours-${index}.log`);
    const gunicorn = await startGunicorn(
      ["--access-logfile", theirs, "--access-logformat", format, "served:app"],
      folder,
    );
    try {
      await sendAll(gunicorn.port);
    } finally {
      await gunicorn.stop();
    }
    const flags = ["--access-logfile", ours, "--access-logformat", format, "served:app"];
    const server = await startServer(flags, { cwd: folder });
    try {
      await sendAll(server.port);
    } finally {
      await server.stop();
    }
    assert.equal(masked(readFileSync(ours, "latin1")), masked(readFileSync(theirs, "latin1")));
    assert.equal(readFileSync(theirs, "latin1").trim().split("\n").length, REQUESTS.length);
  });
}
