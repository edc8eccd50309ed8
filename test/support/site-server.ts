/**
 * A real server of several sites, in a folder of its own that holds its settings file and its
 * applications. Its temporary files are in there, too, so `wizgy reload` finds this server alone.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Answer } from "./answer.ts";
import { RawClient } from "./raw-client.ts";
import { ServerFolder } from "./server-processes.ts";
import {
  type Ended,
  type RunningServer,
  type StartOptions,
  runCommand,
  startServer,
} from "./server.ts";

/** Says what it was asked, and who it is: a line for each, name and value. */
export const REPORT_APP = `
import os, sys

KEYS = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR",
        "wsgi.url_scheme", "SERVER_PROTOCOL", "wsgi.multithread", "wsgi.multiprocess")

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    lines = ["%s=%s" % (key, environ.get(key)) for key in KEYS]
    lines += ["pid=%d" % os.getpid(), "WHO=" + os.environ.get("WHO", ""), "cwd=" + os.getcwd(),
              "uid=%s" % ",".join(map(str, os.getresuid())) if hasattr(os, "getresuid") else "uid=",
              "groups=%s" % ",".join(map(str, os.getgroups())), "python=" + sys.executable, "body=%d" % len(body)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["\\n".join(lines).encode("latin-1")]
`;

export interface SiteServer {
  readonly server: RunningServer;
  readonly folder: ServerFolder;
  /** Writes a file below the folder. */
  readonly write: (name: string, text: string) => void;
  /** The answer to GET from a site. */
  readonly get: (host: string, target: string, options?: AskOptions) => Promise<Answer>;
  /** What the report of such an answer says. */
  readonly report: (host: string, target: string, options?: AskOptions) => Promise<Report>;
  /** Ports of the addresses in the order of the start-up block. */
  readonly ports: readonly number[];
  /** Runs `wizgy` in the folder. */
  readonly wizgy: (args: readonly string[]) => Promise<Ended>;
}

export interface AskOptions {
  /** Default: that of the first address. */
  readonly port?: number | string;
  /** Field lines, each with its CRLF. */
  readonly fields?: string;
}

export type Report = ReadonlyMap<string, string>;

/**
 * Starts the server, uses it, and stops it.
 * @param files - names and texts; `wizgy.toml` has the settings, and `report.py` is there.
 */
export async function withSites(
  files: Readonly<Record<string, string>>,
  use: (fixture: SiteServer) => Promise<void>,
  args: readonly string[] = [],
  options: StartOptions & { readonly prepare?: (folder: string) => void } = {},
): Promise<void> {
  const folder = new ServerFolder();
  const write = (name: string, text: string): void => {
    const path = join(folder.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [name, text] of Object.entries({ "report.py": REPORT_APP, ...files }))
    write(name, text);
  options.prepare?.(folder.path);
  const settings = { ...options, cwd: folder.path, env: { ...options.env, TMPDIR: folder.path } };
  let server: RunningServer | null = null;
  try {
    const started = await startServer(args, settings);
    server = started;
    const ports = [...started.stderr().matchAll(/^ {2}at {6}https?:\/\/\S*:(\d+)/gm)].map(
      ([, port]) => Number(port),
    );
    const get: SiteServer["get"] = async (host, target, { port, fields = "" } = {}) => {
      const client = await RawClient.open(port ?? started.port);
      try {
        client.send(
          `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${fields}\r\n`,
        );
        return await client.answer();
      } finally {
        client.destroy();
      }
    };
    const report: SiteServer["report"] = async (...question) => {
      const answer = await get(...question);
      assert.equal(answer.status, 200, `${question[0]}${question[1]}: ${answer.text}`);
      return readReport(answer.text);
    };
    const wizgy = (words: readonly string[]): Promise<Ended> => runCommand(words, settings);
    await use({ server: started, folder, write, get, report, ports, wizgy });
    const ended = await started.stop();
    server = null;
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await folder.allGone(30_000), []);
  } finally {
    await server?.stop("SIGKILL");
    folder.remove();
  }
}

export function readReport(text: string): Report {
  return new Map(
    text.split("\n").map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}
