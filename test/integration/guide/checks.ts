/** What each example of the guide comes to, whichever of the two programs serves it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { until } from "../../support/server-processes.ts";
import { ask, askTls, environOf, handshake, untilEnd } from "./asking.ts";
import { PASSWORD, type Place, REPORT, STYLE, USER, client, placed } from "./places.ts";

const BOUND_MS = 50_000;

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** By heading. */
export const checks: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  "An application, its files, a listing": async ({ http }) => {
    const environ = environOf(await ask(http, "/cart?a=b", { localAddress: "127.0.0.2" }));
    assert.equal(environ["REMOTE_ADDR"], "127.0.0.2");
    assert.equal(environ["HTTP_HOST"], "shop.example");
    assert.deepEqual([environ["PATH_INFO"], environ["QUERY_STRING"]], ["/cart", "a=b"]);
    const style = await ask(http, "/static/style.css");
    assert.equal(style.text, STYLE);
    assert.match(style.headers["content-type"] ?? "", /^text\/css/);
    assert.match((await ask(http, "/static/docs/")).text, /href="a\.txt"/);
    assert.equal((await ask(http, "/static/none.css")).status, 404);
  },
  "TLS, HTTP/2, and from http to https": async ({ program, http, https }) => {
    const sent = await ask(http, "/cart?a=b");
    assert.equal(sent.status, program === "nginx" ? 301 : 308);
    assert.match(sent.headers.location ?? "", /^https:\/\/shop\.example(?::\d+)?\/cart\?a=b$/);
    const answer = await askTls(https, "/cart");
    assert.equal(environOf(answer)["wsgi.url_scheme"], "https");
    assert.equal(answer.headers["strict-transport-security"], "max-age=31536000");
    assert.equal((await handshake(https, "shop.example")).protocol, "h2");
  },
  "Several certificates": async ({ https }) => {
    for (const name of ["shop.example", "wiki.example"]) {
      assert.equal((await handshake(https, name)).name, name);
    }
    assert.equal((await handshake(https, "other.example")).name, "shop.example");
  },
  "Several applications": async ({ program, http }) => {
    for (const host of ["shop.example", "www.shop.example"]) {
      assert.equal(environOf(await ask(http, "/cart", { host }))["PATH_INFO"], "/cart");
    }
    const wiki = environOf(await ask(http, "/wiki/start"));
    const expected = program === "nginx" ? ["", "/wiki/start"] : ["/wiki", "/start"];
    assert.deepEqual([wiki["SCRIPT_NAME"], wiki["PATH_INFO"]], expected);
    assert.equal((await ask(http, "/", { host: "other.example" })).status, 421);
  },
  "Client certificates": async ({ program, https }) => {
    const environ = environOf(await askTls(https, "/", client));
    const name = environ[program === "nginx" ? "HTTP_X_CLIENT" : "SSL_CLIENT_S_DN"];
    assert.match(name ?? "", /CN=ada/);
    const status = await askTls(https, "/").then(
      (answer) => answer.status,
      () => "refused",
    );
    assert.equal(status, program === "nginx" ? 400 : "refused");
  },
  "Redirects and rewrites": async ({ http }) => {
    const origin = "(?:http://shop\\.example(?::\\d+)?)?";
    const moved = await ask(http, "/old");
    assert.equal(moved.status, 301);
    assert.match(moved.headers.location ?? "", new RegExp(`^${origin}/new$`));
    const sent = await ask(http, "/blog/2024/one?a=b");
    assert.equal(sent.status, 302);
    assert.match(sent.headers.location ?? "", new RegExp(`^${origin}/news/2024/one\\?a=b$`));
    assert.equal(environOf(await ask(http, "/home"))["PATH_INFO"], "/start");
    assert.equal(environOf(await ask(http, "/older"))["PATH_INFO"], "/older");
  },
  "Who may come in": async ({ program, http }) => {
    const authorization = basic(USER, PASSWORD);
    const environ = environOf(await ask(http, "/admin/", { headers: { authorization } }));
    assert.equal(environ["PATH_INFO"], "/admin/");
    if (program === "wizgy") assert.equal(environ["REMOTE_USER"], USER);
    const stranger = { headers: { authorization }, localAddress: "127.0.0.2" };
    assert.equal((await ask(http, "/admin/", stranger)).status, 403);
    for (const headers of [{}, { authorization: basic(USER, "wrong") }]) {
      const refused = await ask(http, "/admin/", { headers });
      assert.equal(refused.status, 401);
      assert.match(refused.headers["www-authenticate"] ?? "", /^Basic realm="The admin"/);
    }
    assert.equal((await ask(http, "/", { localAddress: "127.0.0.2" })).status, 200);
  },
  "How long browsers keep files": async ({ http }) => {
    const { headers } = await ask(http, "/static/style.css");
    assert.match(headers["cache-control"] ?? "", /\bmax-age=3600\b/);
  },
  "A page for files that aren't there": async ({ http }) => {
    const answer = await ask(http, "/static/none.css");
    assert.deepEqual([answer.status, answer.text], [404, "<p>Not here\n"]);
  },
  "Pages about errors": async ({ http }) => {
    const announced = "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 11534336\r\n\r\n";
    const answer = await untilEnd(http, announced);
    assert.match(answer, /^HTTP\/1\.1 413 [^]*\r\n\r\n<p>Too much\n$/);
    assert.equal((await ask(http, "/")).status, 200);
  },
  "Fields for the browser's safety": async ({ http }) => {
    const { headers } = await ask(http, "/");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["x-frame-options"], "SAMEORIGIN");
    assert.equal(headers["referrer-policy"], "strict-origin-when-cross-origin");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
  },
  Compression: async ({ http }) => {
    const headers = { "accept-encoding": "gzip" };
    for (const path of ["/page", "/static/style.css"]) {
      const small = await ask(http, path, { headers });
      assert.equal(small.headers["content-encoding"], "gzip", path);
      assert.match(small.headers.vary ?? "", /accept-encoding/i, path);
      const plain = await ask(http, path);
      assert.equal(plain.headers["content-encoding"], undefined, path);
      assert.deepEqual(gunzipSync(small.bytes), plain.bytes, path);
    }
  },
  "Files that the application decides about": async ({ http }) => {
    assert.equal((await ask(http, "/report")).text, REPORT);
    assert.notEqual((await ask(http, "/protected/report.txt")).text, REPORT);
  },
  Limits: async ({ program, http }) => {
    const announced = "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 11534336\r\n\r\n";
    assert.match(await untilEnd(http, announced), /^HTTP\/1\.1 413 /);
    assert.equal((await ask(http, `/${"a".repeat(5000)}`)).status, 414);
    const headers = { "x-long": "a".repeat(5000) };
    assert.equal((await ask(http, "/", { headers })).status, program === "nginx" ? 400 : 431);
    const body = Buffer.alloc(2 * 1024 * 1024);
    const posted = await ask(http, "/", { method: "POST", body });
    assert.equal(environOf(posted)["length"], String(body.length));
  },
  "Clients that are slow": async ({ http }) => {
    const begun = "GET / HTTP/1.1\r\nHost: shop.example\r\n";
    const half = "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 9\r\n\r\nhalf";
    const answers = await Promise.all([untilEnd(http, begun), untilEnd(http, half)]);
    for (const answer of answers) assert.doesNotMatch(answer, /^HTTP\/1\.1 200 /);
  },
  "Where large bodies wait": async ({ http }) => {
    const body = Buffer.alloc(3 * 1024 * 1024);
    const answer = await ask(http, "/", { method: "POST", body });
    assert.equal(environOf(answer)["length"], String(body.length));
  },
  "Behind a balancer": async ({ http }) => {
    const headers = { "x-forwarded-for": "203.0.113.9" };
    assert.equal(environOf(await ask(http, "/", { headers }))["REMOTE_ADDR"], "203.0.113.9");
    const stranger = { headers, localAddress: "127.0.0.2" };
    assert.equal(environOf(await ask(http, "/", stranger))["REMOTE_ADDR"], "127.0.0.2");
  },
  "Behind a balancer for TCP": async ({ http }) => {
    const request = "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
    const answer = await untilEnd(http, `PROXY TCP4 203.0.113.9 192.0.2.1 5000 80\r\n${request}`);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /"REMOTE_ADDR": "203\.0\.113\.9"/);
  },
  "A Unix socket": async () => {
    const answer = await ask(0, "/cart", { socketPath: placed("/run/shop/web.sock") });
    assert.equal(environOf(answer)["PATH_INFO"], "/cart");
  },
  "The access log": async ({ http, signal }) => {
    const path = placed("/var/log/shop.log");
    const line = /^127\.0\.0\.1 "GET \/cart\?a=b HTTP\/1\.1" 200 \d+ \d+\.\d+$/m;
    const isThere = (): string | null => {
      const text = existsSync(path) ? readFileSync(path, "utf8") : "no file";
      return line.test(text) ? null : text;
    };
    await ask(http, "/cart?a=b");
    await until(BOUND_MS, isThere);
    renameSync(path, `${path}.1`);
    signal("SIGUSR1");
    await until(BOUND_MS, () => (existsSync(path) ? null : "no new file"));
    await ask(http, "/cart?a=b");
    await until(BOUND_MS, isThere);
    renameSync(path, `${path}.2`);
  },
};
