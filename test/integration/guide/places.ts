/**
 * What the guide's examples need, in a temporary folder in the place of the root: certificates, files;
 * and both programs, started with the examples' own words. Only addresses, ports and the beginnings of
 * paths are others.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

import { hashSync } from "bcryptjs";

import { accepts, freePort } from "../../support/ports.ts";
import { certificateFolder, issue } from "../../support/certificates.ts";
import { type RunningServer, startServer } from "../../support/server.ts";
import { until } from "../../support/server-processes.ts";
import type { Section } from "./guide.ts";

export const nginxProgram = "/usr/sbin/nginx";

const APP_FOLDER = "test/apps/guide";
const START_BOUND_MS = 30_000;
/** Somebody else may take a port between its choice and its use. */
const TRIES = 5;

/** A program that serves an example. */
export interface Place {
  readonly program: "nginx" | "wizgy";
  /** Where it listens on port 80; 0: nowhere. */
  readonly http: number;
  /** Where it listens on port 443; 0: nowhere. */
  readonly https: number;
  signal(this: void, name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export const STYLE: string = "p { color: teal }\n".repeat(200);
export const USER = "anna";
export const PASSWORD = "a password of the guide";
export const REPORT = "for those who may\n";

const folder = certificateFolder();
const authority = issue("clients", { use: "authority" });
export const client: { readonly cert: string; readonly key: string } = (() => {
  const issued = issue("ada", { use: "client", issuer: authority });
  return { cert: issued.certificate, key: issued.key };
})();

/** Where a path of the guide lies. */
export function placed(path: string): string {
  return join(folder.path, path);
}

export function makeFiles(): void {
  for (const name of ["shop", "wiki"]) {
    const { certificate, key } = issue(`${name}.example`, { names: [`${name}.example`] });
    put(`/etc/ssl/${name}.pem`, certificate);
    put(`/etc/ssl/${name}.key`, key);
  }
  put("/etc/ssl/clients.pem", authority.certificate);
  put("/etc/shop/htpasswd", `${USER}:${hashSync(PASSWORD, 4)}\n`);
  put("/srv/shop/static/style.css", STYLE);
  put("/srv/shop/static/style.css.gz", gzipSync(STYLE));
  put("/srv/shop/static/docs/a.txt", "a\n");
  put("/srv/shop/static/404.html", "<p>Not here\n");
  put("/srv/shop/errors/413.html", "<p>Too much\n");
  put("/srv/shop/protected/report.txt", REPORT);
  for (const path of ["/run/shop", "/var/log", "/var/tmp/shop", "/temp"]) {
    mkdirSync(placed(path), { recursive: true });
  }
}

export function removeFiles(): void {
  folder.remove();
}

export function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(placed(path)), { recursive: true });
  writeFileSync(placed(path), content);
}

/** The guide's words with paths below the folder, and the machines of its examples as this one. */
function translated(text: string): string {
  return text
    .replaceAll(/(^|[^\w.])\/(etc|run|srv|var)\//g, (_, before: string, top: string) => {
      return `${before}${folder.path}/${top}/`;
    })
    .replaceAll("10.0.0.5", "127.0.0.1");
}

/** The application without anything before it, or what the example makes of it. */
export async function startWizgy(section: Section | null): Promise<Place & { port: number }> {
  const words = section?.args ?? ["mysite.wsgi"];
  const args = words.map((word) => translated(word).replace(/^0\.0\.0\.0:\d+$/, "127.0.0.1:0"));
  const isWhole = section !== null && section.toml !== "";
  if (isWhole) {
    const toml = translated(section.toml).replaceAll(/0\.0\.0\.0:\d+/g, "127.0.0.1:0");
    put("/wizgy.toml", toml);
    args.push("--config", placed("/wizgy.toml"), "--bind", "127.0.0.1:0");
  }
  const inFolder = /^chdir/m.test(section?.toml ?? "") ? [] : ["--chdir", APP_FOLDER];
  const server: RunningServer = await startServer([...args, ...inFolder]);
  const hasTls = args.includes("--certfile");
  const redirects = /http:\/\/127\.0\.0\.1:(\d+), redirects to https/.exec(server.stderr());
  return {
    program: "wizgy",
    port: server.port,
    http: hasTls ? Number(redirects?.[1] ?? 0) : server.port,
    https: hasTls ? server.port : 0,
    signal: (name) => process.kill(server.pid, name),
    stop: async () => void (await server.stop()),
  };
}

/** What the guide says stands around a block that is not a whole server. */
const AROUND = `location / {
  proxy_pass http://127.0.0.1:8000;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
}`;

/** @param port - of the application behind it. */
export async function startNginx(section: Section, port: number): Promise<Place> {
  const isWhole = /^server \{/m.test(section.nginx);
  const server = isWhole ? section.nginx : `server {\nlisten 80;\n${section.nginx}\n${AROUND}\n}`;
  for (let count = 1; ; count++) {
    const place = await tryNginx(translated(server).replaceAll(":8000", `:${port}`));
    if (typeof place !== "string") return place;
    if (count === TRIES) throw new Error(place);
  }
}

/** @returns what it printed when it could not start. */
async function tryNginx(server: string): Promise<Place | string> {
  const http = await freePort();
  const https = await freePort();
  const listening = server
    .replaceAll("listen 80", `listen 127.0.0.1:${http}`)
    .replaceAll("listen 443", `listen 127.0.0.1:${https}`);
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].flatMap((name) =>
    listening.includes(`${name}_temp_path`)
      ? []
      : [`${name}_temp_path ${placed(`/temp/${name}`)};`],
  );
  const types = "types { text/css css; text/html html; text/plain txt; }";
  put(
    "/nginx.conf",
    `daemon off; master_process off; pid ${placed("/nginx.pid")}; error_log stderr; events {}
http { access_log off; ${types} ${temps.join(" ")}\n${listening}\n}\n`,
  );
  const child = spawn(
    nginxProgram,
    ["-p", folder.path, "-e", "stderr", "-c", placed("/nginx.conf")],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const socket = /listen unix:([^;]+)/.exec(listening)?.[1];
  const wanted = socket ?? (listening.includes("listen 127.0.0.1:" + http) ? http : https);
  await until(START_BOUND_MS, async () =>
    child.exitCode !== null || (await accepts(wanted)) ? null : `nothing listens: ${output}`,
  );
  if (child.exitCode !== null) return output;
  return {
    program: "nginx",
    http: listening.includes(`:${http}`) ? http : 0,
    https: listening.includes(`:${https}`) ? https : 0,
    signal: (name) => void child.kill(name),
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("close", resolve));
  if (child.exitCode === null) {
    child.kill("SIGTERM");
    await gone;
  }
}
