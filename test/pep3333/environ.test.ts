/** What environ holds: checklist items 12 to 38. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Answer } from "../support/answer.ts";
import { projectRoot } from "../support/server.ts";
import { json } from "./expectations.ts";
import { CONFIGURATION, ENVIRON, OTHER_HTTP, THREADS, UNICODE, URLS } from "./headings.ts";
import { NotTried } from "./rules.ts";
import { type Trial, section } from "./section.ts";
import { isOurs } from "./target.ts";

const app = "environment:application";

/** A plain str as it is; anything else as its type and repr. */
type Environ = Readonly<Record<string, string | readonly [string, string]>>;

/** The environ that raw bytes make. */
async function environOf(trial: Trial, request: string, method = "GET"): Promise<Environ> {
  const client = await trial.connect();
  client.send(request);
  const answer: Answer = await client.answer(method);
  client.destroy();
  return json<Environ>(answer);
}

const GET = (target: string, fieldLines = ""): string =>
  `GET ${target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n${fieldLines}\r\n`;

section({ app }, (rule) => {
  rule(12, "MUST", ENVIRON, "REQUEST_METHOD is the method as it was sent", async (trial) => {
    for (const method of ["GET", "OPTIONS", "PATCH", "DELETE"]) {
      const request = GET("/").replace("GET", method);
      assert.equal((await environOf(trial, request))["REQUEST_METHOD"], method);
    }
    // A method that nobody knows may be refused; if it isn't, it is what was sent.
    for (const method of ["FOO", "get"]) {
      const client = await trial.connect();
      client.send(GET("/").replace("GET", method));
      const answer = await client.answer();
      if (answer.status < 400 || isOurs) {
        assert.equal(json<Environ>(answer)["REQUEST_METHOD"], method);
      }
    }
  });

  rule(
    13,
    "MUST",
    ENVIRON,
    "SCRIPT_NAME is empty for an application at the root of the server",
    async (trial) => {
      assert.equal((await environOf(trial, GET("/m/x")))["SCRIPT_NAME"] ?? "", "");
    },
  );

  rule(
    14,
    "MUST",
    ENVIRON,
    "PATH_INFO is the path with its escapes decoded, and nothing else changed",
    async (trial) => {
      const paths = {
        "/": "/",
        "/a%20b/%E2%82%AC/%ff": "/a b/\xe2\x82\xac/\xff",
        "//a//b": "//a//b",
        "/a/../b": "/a/../b",
        "/%2F": "//",
        "/%252e": "/%2e",
        "/a;b=c": "/a;b=c",
      };
      for (const [target, path] of Object.entries(paths)) {
        assert.equal((await environOf(trial, GET(target)))["PATH_INFO"], path, target);
      }
    },
  );

  rule(
    15,
    "MUST",
    ENVIRON,
    "QUERY_STRING is what follows the first question mark, not decoded",
    async (trial) => {
      const targets = { "/?a=%20+b&c?d": "a=%20+b&c?d", "/?": "", "/": "", "/x%3Fy?z": "z" };
      for (const [target, query] of Object.entries(targets)) {
        const found = (await environOf(trial, GET(target)))["QUERY_STRING"];
        // It may be absent when it is empty; ours never is.
        assert.equal(isOurs ? found : (found ?? ""), query, target);
      }
    },
  );

  rule(
    16,
    "MUST",
    ENVIRON,
    "CONTENT_TYPE and CONTENT_LENGTH are those of the request, decimal, and empty without one",
    async (trial) => {
      const posted = json<Environ>(await trial.post("/", "abc", "Content-Type: a/b\r\n"));
      assert.equal(posted["CONTENT_TYPE"], "a/b");
      assert.equal(posted["CONTENT_LENGTH"], "3");
      const got = await environOf(trial, GET("/"));
      assert.equal(got["CONTENT_TYPE"] ?? "", "");
      assert.equal(got["CONTENT_LENGTH"] ?? "", "");
      const chunked = GET("/", "Transfer-Encoding: chunked\r\n").replace("GET", "POST");
      const environ = await environOf(trial, `${chunked}3\r\nabc\r\n0\r\n\r\n`);
      assert.match(String(environ["CONTENT_LENGTH"] ?? ""), /^3?$/);
    },
  );

  rule(
    17,
    "MUST",
    ENVIRON,
    "HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH don't exist",
    async (trial) => {
      const environ = json<Environ>(await trial.post("/", "abc", "Content-Type: a/b\r\n"));
      assert.ok(!("HTTP_CONTENT_TYPE" in environ));
      assert.ok(!("HTTP_CONTENT_LENGTH" in environ));
    },
  );

  rule(
    18,
    "MUST",
    ENVIRON,
    "SERVER_NAME and SERVER_PORT are there and never empty, also without a Host field",
    async (trial) => {
      for (const request of [GET("/"), "GET / HTTP/1.0\r\n\r\n"]) {
        const environ = await environOf(trial, request);
        assert.match(String(environ["SERVER_NAME"]), /^.+$/);
        assert.equal(environ["SERVER_PORT"], String(trial.server.address));
      }
    },
  );

  rule(19, "MUST", ENVIRON, "SERVER_PROTOCOL is the version of the request", async (trial) => {
    assert.equal((await environOf(trial, GET("/")))["SERVER_PROTOCOL"], "HTTP/1.1");
    const old = await environOf(trial, "GET / HTTP/1.0\r\nHost: t\r\n\r\n");
    assert.equal(old["SERVER_PROTOCOL"], "HTTP/1.0");
  });

  rule(
    20,
    "MUST",
    ENVIRON,
    "HTTP_ variables are there exactly when the client sent the field, empty ones too",
    async (trial) => {
      const environ = await environOf(trial, GET("/", "X-A-b: v\r\nX-Empty:\r\n"));
      assert.equal(environ["HTTP_X_A_B"], "v");
      assert.equal(environ["HTTP_X_EMPTY"], "");
      assert.equal(environ["HTTP_HOST"], "t");
      assert.ok(!("HTTP_ACCEPT" in environ));
      assert.ok(!("HTTP_X_EMPTY" in (await environOf(trial, GET("/")))));
    },
  );

  rule(
    21,
    "derived",
    ENVIRON,
    "several lines of one field become one value in their order; Cookie is joined by semicolons",
    async (trial) => {
      const lines = "X: a\r\nCookie: a=1\r\nX: b\r\nx: c\r\nCookie: b=2\r\n";
      const environ = await environOf(trial, GET("/", lines));
      assert.match(String(environ["HTTP_X"]), /^a, ?b, ?c$/);
      assert.equal(environ["HTTP_COOKIE"], "a=1; b=2");
    },
  );

  rule(
    22,
    "practice",
    ENVIRON,
    "a field name with an underscore can't take the place of one with a hyphen",
    async (trial) => {
      for (const lines of ["X_A: evil\r\nX-A: good\r\n", "X-A: good\r\nX_A: evil\r\n"]) {
        const answer = await trial.get("/", lines);
        if (answer.status === 400) continue;
        assert.equal(json<Environ>(answer)["HTTP_X_A"], "good");
      }
    },
  );

  rule(23, "SHOULD", ENVIRON, "REMOTE_ADDR and SERVER_SOFTWARE are given", async (trial) => {
    const environ = await environOf(trial, GET("/"));
    assert.equal(environ["REMOTE_ADDR"], "127.0.0.1");
    assert.match(String(environ["SERVER_SOFTWARE"]), /^\S+/);
  });

  rule(
    23,
    "practice",
    ENVIRON,
    "REMOTE_PORT is given, and the target as it was sent",
    async (trial) => {
      const environ = await environOf(trial, GET("/a%20b?c=d"));
      assert.match(String(environ["REMOTE_PORT"]), /^[1-9]\d*$/);
      assert.equal(environ["REQUEST_URI"] ?? environ["RAW_URI"], "/a%20b?c=d");
    },
  );

  rule(24, "SHOULD", ENVIRON, "without TLS there is no HTTPS variable", async (trial) => {
    const environ = await environOf(trial, GET("/"));
    assert.ok(!("HTTPS" in environ) || environ["HTTPS"] === "off");
    assert.equal(environ["wsgi.url_scheme"], "http");
  });

  rule(25, "SHOULD", ENVIRON, "variables without a value are left out", async (trial) => {
    const environ = await environOf(trial, GET("/"));
    for (const key of ["REMOTE_USER", "AUTH_TYPE", "PATH_TRANSLATED", "REMOTE_IDENT"]) {
      assert.ok(!(key in environ) || (!isOurs && environ[key] !== ""), key);
    }
  });

  rule(26, "SHOULD", ENVIRON, "the manual names every variable", async (trial) => {
    if (!isOurs) throw new NotTried("a manual is not tried over a socket");
    const page = `${projectRoot}docs/reference/environ.md`;
    assert.ok(existsSync(page), "docs/reference/environ.md exists");
    const text = readFileSync(page, "utf8");
    const environ = json<Environ>(await trial.post("/", "abc", "Content-Type: a/b\r\n"));
    for (const key of Object.keys(environ)) {
      if (!key.startsWith("HTTP_")) assert.ok(text.includes(`\`${key}\``), key);
    }
  });

  rule(27, "MUST", ENVIRON, "every CGI variable is exactly a str", async (trial) => {
    const environ = json<Environ>(await trial.post("/", "abc", "Content-Type: a/b\r\nX: y\r\n"));
    for (const [key, value] of Object.entries(environ)) {
      if (!key.includes(".")) assert.equal(typeof value, "string", `${key} ${String(value)}`);
    }
  });

  rule(
    28,
    "MUST",
    UNICODE,
    "strings in environ are bytes decoded as latin-1: no character above U+00FF",
    async (trial) => {
      const lines = "X: \xe2\x82\xac\r\n";
      const environ = await environOf(trial, GET("/%E2%82%AC/\x2f?q=%E2", lines));
      assert.equal(environ["HTTP_X"], "\xe2\x82\xac");
      assert.ok(!/[\u0100-\uffff]/.test(JSON.stringify(environ)));
    },
  );

  rule(29, "MUST", ENVIRON, "wsgi.version is the tuple (1, 0)", async (trial) => {
    const environ = await environOf(trial, GET("/"));
    assert.deepEqual(environ["wsgi.version"], ["tuple", "(1, 0)"]);
  });

  rule(
    30,
    "MUST",
    ENVIRON,
    "wsgi.url_scheme is a str, and no stranger's X-Forwarded-Proto changes it",
    async (trial) => {
      const environ = await environOf(trial, GET("/", "X-Forwarded-Proto: https\r\n"));
      assert.equal(environ["wsgi.url_scheme"], "http");
    },
  );

  for (const [item, key] of [
    [31, "wsgi.input"],
    [32, "wsgi.errors"],
  ] as const) {
    rule(item, "MUST", ENVIRON, `${key} is there with all its methods`, async ({ get }) => {
      assert.deepEqual(json(await get(`/methods?${key}`)), []);
    });
  }

  rule(
    33,
    "MUST",
    THREADS,
    "wsgi.multithread is false with one thread, wsgi.multiprocess with one process",
    async (trial) => {
      const environ = await environOf(trial, GET("/"));
      assert.deepEqual(environ["wsgi.multithread"], ["bool", "False"]);
      assert.deepEqual(environ["wsgi.multiprocess"], ["bool", "False"]);
    },
  );

  rule(35, "MUST", ENVIRON, "wsgi.run_once is false in a worker that goes on", async (trial) => {
    const environ = await environOf(trial, GET("/"));
    assert.deepEqual(environ["wsgi.run_once"], ["bool", "False"]);
  });

  rule(
    36,
    "MUST",
    ENVIRON,
    "keys of the server's own are lower case with a prefix and dots",
    async (trial) => {
      for (const key of Object.keys(await environOf(trial, GET("/")))) {
        // A server may hand on the variables of its own environment, whatever their names.
        if (!isOurs && key in process.env) continue;
        if (key.includes(".")) assert.match(key, /^[a-z0-9_]+(?:\.[a-z0-9_]+)+$/);
        else assert.match(key, /^[A-Z][A-Z0-9_]*$/);
      }
    },
  );

  rule(
    38,
    "derived",
    URLS,
    "the URL that the PEP's recipe makes from environ is the one that was asked for",
    async (trial) => {
      const client = await trial.connect();
      client.send("GET /uri/a%20b?c=d HTTP/1.1\r\nHost: h:81\r\nConnection: close\r\n\r\n");
      assert.equal((await client.answer()).text, "http://h:81/uri/a%20b?c=d");
      const old = await trial.connect();
      old.send("GET /uri/x HTTP/1.0\r\n\r\n");
      const place = new URL((await old.answer()).text);
      assert.equal(place.port, String(trial.server.address));
      assert.equal(place.pathname, "/uri/x");
    },
  );

  rule(
    104,
    "MUST",
    OTHER_HTTP,
    "hop-by-hop fields are the server's to handle: the application need not know them",
    async (trial) => {
      const environ = await environOf(trial, GET("/", "Upgrade: h2c\r\nTE: trailers\r\n"));
      assert.equal(environ["REQUEST_METHOD"], "GET", "Upgrade is ignored");
      assert.ok(!("HTTP_TRANSFER_ENCODING" in environ));
    },
  );
});

section({ app, threads: 4 }, (rule) => {
  rule(
    33,
    "MUST",
    THREADS,
    "wsgi.multithread is true with several threads, and requests do overlap in one process",
    async (trial) => {
      const environ = await environOf(trial, GET("/"));
      assert.deepEqual(environ["wsgi.multithread"], ["bool", "True"]);
      const gates = [await trial.gate(), await trial.gate()];
      const clients = [];
      for (const gate of gates) {
        const client = await trial.connect();
        client.send(GET(`/overlap?${gate.query}`));
        clients.push(client);
        await gate.heard("running");
      }
      for (const gate of gates) gate.letGo();
      const pids = await Promise.all(clients.map(async (c) => json<number>(await c.answer())));
      assert.equal(pids[0], pids[1]);
    },
  );
});

section({ app, workers: 2 }, (rule) => {
  rule(34, "MUST", THREADS, "wsgi.multiprocess is true with several workers", async (trial) => {
    const environ = await environOf(trial, GET("/"));
    assert.deepEqual(environ["wsgi.multiprocess"], ["bool", "True"]);
  });
});

section({ app, env: { CONFORMANCE_VALUE: "from outside" } }, (rule) => {
  rule(
    37,
    "SHOULD",
    CONFIGURATION,
    "the deployer can hand values to the application",
    async ({ get }) => {
      assert.equal((await get("/os_variable")).text, "from outside");
    },
  );
});

const folder = mkdtempSync(join(tmpdir(), "wizgy-pep3333-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

section({ app, unixPath: join(folder, "s") }, (rule) => {
  rule(
    18,
    "MUST",
    ENVIRON,
    "SERVER_NAME and SERVER_PORT are there on a Unix socket too",
    async (trial) => {
      const environ = await environOf(trial, GET("/"));
      assert.match(String(environ["SERVER_NAME"]), /^.+$/);
      assert.match(String(environ["SERVER_PORT"]), /^.+$/);
    },
  );

  rule(23, "SHOULD", ENVIRON, "REMOTE_ADDR is empty or absent on a Unix socket", async (trial) => {
    assert.equal((await environOf(trial, GET("/")))["REMOTE_ADDR"] ?? "", "");
  });
});
