/** --error-page and --security-headers on the real server, over HTTP/1.1 and HTTP/2. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { overBothVersions } from "../contract/both-versions.ts";
import { http1Client } from "../contract/client.ts";
import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, projectRoot, runCommand, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-pages-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
mkdirSync(join(folder, "www"));
mkdirSync(join(folder, "own"));
file("www/a.txt", "a file\n");
file("own/404.html", "the mount's own\n");
const APP = ["--chdir", `${projectRoot}test/apps/rules`, "shown"];

let server: RunningServer;
before(async () => {
  server = await startServer([
    ...["--http2", "all", "--security-headers", "--deny", "/denied all"],
    ...["--static", `/static=${folder}/www`, "--static", `/own=${folder}/own`],
    ...[
      "--error-page",
      `403,404 ${file("4.html", "<p>\u00fc {status} {reason} {request_id}</p>\n")}`,
    ],
    ...["--error-page", `5xx ${file("5.json", '{"id": "{request_id}"}')}`],
    ...["--limit-request-body", "10", ...APP],
  ]);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const SECURITY = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "strict-origin-when-cross-origin",
  "cross-origin-opener-policy": "same-origin",
};

overBothVersions(
  () => server.port,
  (client) => {
    test("the page takes the place of the line of text: rules, files, faults of the application", async () => {
      for (const [path, status] of [
        ["/denied", "403 Forbidden"],
        ["/static/absent", "404 Not Found"],
      ] as const) {
        const { headers, body } = await client.ask(path);
        assert.equal(body.toString(), `<p>\u00fc ${status} -</p>\n`);
        assert.equal(headers["content-type"], "text/html; charset=utf-8");
        assert.equal(headers["content-length"], String(body.length));
      }
      const failed = await client.ask("/raise");
      assert.equal(failed.status, 500);
      assert.equal(failed.headers["content-type"], "application/json");
      const { id } = JSON.parse(failed.body.toString()) as { id: string };
      assert.match(id, /^[0-9a-f]{8}-\w+$/);
      await server.waitForLog(new RegExp(`request=${id} .*\\/raise`));
    });

    test("HEAD gets the length of the page and not the page (RFC 9110 §9.3.2)", async () => {
      for (const path of ["/denied", "/raise"]) {
        const whole = await client.ask(path);
        const { headers, body } = await client.ask(path, { method: "HEAD" });
        assert.equal(body.length, 0);
        assert.equal(headers["content-type"], whole.headers["content-type"]);
        if (path === "/denied") {
          assert.equal(headers["content-length"], String(whole.body.length));
        }
      }
    });

    test("what the application answers itself stays, and so does a mount's own page", async () => {
      const { status, body } = await client.ask("/404");
      assert.equal(status, 404);
      assert.match(body.toString(), /PATH_INFO/);
      assert.equal((await client.ask("/own/absent")).body.toString(), "the mount's own\n");
    });

    test("--security-headers: every answer has the fields once, and the application's own count", async () => {
      for (const path of ["/", "/raise", "/denied", "/static/a.txt", "/static/absent"]) {
        const { headers } = await client.ask(path);
        for (const [field, value] of Object.entries(SECURITY)) {
          assert.equal(headers[field], value, `${path} ${field}`);
        }
      }
    });
  },
);

test("--security-headers: what the application says counts", async () => {
  const own = await startServer(["--security-headers", ...APP]);
  try {
    const { headers } = await http1Client({ kind: "tcp", port: own.port }).ask("/own");
    assert.deepEqual(
      [headers["x-frame-options"], headers["referrer-policy"], headers["x-content-type-options"]],
      ["DENY", "no-referrer", "nosniff"],
    );
  } finally {
    await own.stop();
  }
});

test("RFC 9110 §15.5.14: faults of the client have their page, too", async () => {
  const own = await startServer([
    ...["--error-page", `4xx ${file("any.txt", "{status}: sorry\n")}`],
    ...["--limit-request-body", "10", ...APP],
  ]);
  try {
    const client = await RawClient.open(own.port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n${"x".repeat(11)}`);
    assert.equal((await client.answer()).text, "413: sorry\n");
    const other = await RawClient.open(own.port);
    other.send("GET / HTTP/1.1\r\n\r\n");
    assert.equal((await other.answer()).text, "400: sorry\n");
  } finally {
    await own.stop();
  }
});

test("pages that can't be used end the start with a sentence", async () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["404", /it takes STATUS\[,STATUS\] FILE/],
    ["200 a.html", /it takes statuses from 400 to 599/],
    ["404 a.php", /ends in \.html, \.txt or \.json/],
    ["404 absent.html", /this file can't be read/],
  ];
  for (const [value, expected] of table) {
    const { code, stderr } = await runCommand(["--error-page", value, ...APP]);
    assert.equal(code, 1, value);
    assert.match(stderr, expected);
  }
});
