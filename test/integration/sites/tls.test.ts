/** Several sites behind TLS: each name with its own certificate, over HTTP/1.1 and HTTP/2. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { test } from "node:test";

import { certificateFolder, issue } from "../../support/certificates.ts";
import { RawClient } from "../../support/raw-client.ts";
import { readReport, withSites } from "../../support/site-server.ts";
import { openTls, serverName } from "../../support/tls-client.ts";

const SETTINGS = `
[[site]]
app = "report:app"
hosts = "one.example"
env = {WHO = "one"}

[[site]]
app = "report:app"
hosts = "two.example"
mount = "/two"
env = {WHO = "two"}
`;

/** The name in the server's certificate, and the answer's text or status. */
async function overHttp1(port: number, name: string, host: string, path: string): Promise<string> {
  const socket = await openTls({
    port,
    servername: name,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  const subject = serverName(socket);
  const client = new RawClient(socket);
  client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const { status, text } = await client.answer();
  client.destroy();
  return `${subject} ${shown(status, text)}`;
}

function overHttp2(port: number, name: string, host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      servername: name,
      rejectUnauthorized: false,
    });
    session.on("error", reject);
    let status = 0;
    let text = "";
    const stream = session.request({ ":authority": host, ":path": path });
    stream.setTimeout(30_000, () => stream.destroy(new Error("no answer")));
    stream.on("response", (fields) => (status = Number(fields[":status"])));
    stream.setEncoding("latin1").on("data", (piece: string) => (text += piece));
    stream.on("error", reject);
    stream.on("close", () => {
      session.destroy();
      resolve(shown(status, text));
    });
  });
}

function shown(status: number, text: string): string {
  if (status !== 200) return String(status);
  const told = readReport(text);
  return `${told.get("WHO")} ${told.get("wsgi.url_scheme")} ${told.get("SCRIPT_NAME")}`;
}

test("RFC 6066 §3, RFC 9110 §7.4: the name in the handshake chooses the certificate, the host of the request the site", async () => {
  const folder = certificateFolder();
  try {
    const pairs = ["one.example", "two.example"].flatMap((name) =>
      folder.pair(name, issue(name, { names: [name] })),
    );
    await withSites(
      { "wizgy.toml": SETTINGS },
      async ({ server: { port } }) => {
        assert.equal(
          await overHttp1(port, "one.example", "one.example", "/"),
          "one.example one https ",
        );
        assert.equal(
          await overHttp1(port, "two.example", "two.example", "/two"),
          "two.example two https /two",
        );
        assert.equal(
          await overHttp2(port, "two.example", "two.example", "/two/x"),
          "two https /two",
        );
        // RFC 9113 §9.1.1: a client may use one connection for several names.
        assert.equal(await overHttp2(port, "one.example", "two.example", "/two"), "two https /two");
        assert.equal(await overHttp2(port, "one.example", "three.example", "/"), "421");
        assert.equal(await overHttp1(port, "two.example", "two.example", "/"), "two.example 404");
      },
      pairs,
    );
  } finally {
    folder.remove();
  }
});
