/**
 * The configurations in docs/guide/behind-a-proxy.md, each tried with the program that it is for, where
 * that is installed. The client has an address of its own (127.0.0.2) and lies about everything.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { accepts, freePort } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { until } from "../support/server-processes.ts";
import { projectRoot, startServer } from "../support/server.ts";

const APP = ["--chdir", "test/apps/proxies", "environment:app"];
const GUIDE = readFileSync(`${projectRoot}docs/guide/behind-a-proxy.md`, "utf8");
const CLIENT = "127.0.0.2";
const MODULES = "/usr/lib/apache2/modules";

const LIES = [
  "X-Forwarded-For: 203.0.113.9",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: evil.example",
  "X-Forwarded-Prefix: /evil",
  "Forwarded: for=203.0.113.9;proto=https",
].join("\r\n");

/** A program, what stands around the guide's words in its configuration, and how it is started. */
interface Proxy {
  readonly program: string;
  readonly language: string;
  readonly around: (snippet: string, folder: string, port: number) => string;
  readonly command: (config: string, folder: string) => readonly string[];
}

const nginx: Proxy = {
  program: "/usr/sbin/nginx",
  language: "nginx",
  around: (snippet, folder, port) => {
    const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const server = snippet.replace("listen 80;", `listen 127.0.0.1:${port};`);
    return `daemon off; pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${temps.join(" ")}\n${server}\n}`;
  },
  command: (config, folder) => ["-p", folder, "-e", "stderr", "-c", config],
};

const haproxy: Proxy = {
  program: "/usr/sbin/haproxy",
  language: "haproxy",
  around: (snippet, _, port) =>
    `defaults\n  timeout connect 9s\n  timeout client 9s\n  timeout server 9s\n${snippet.replace("bind :80", `bind 127.0.0.1:${port}`)}\n`,
  command: (config) => ["-db", "-f", config],
};

const apache: Proxy = {
  program: "/usr/sbin/apache2",
  language: "apache",
  around: (snippet, folder, port) => {
    const modules = ["mpm_event", "authz_core", "headers", "proxy", "proxy_http"];
    const lines = modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
    const own = `ServerName localhost\nListen 127.0.0.1:${port}\nPidFile ${folder}/pid\nErrorLog ${folder}/log\nDefaultRuntimeDir ${folder}\n`;
    return `${lines.join("\n")}\n${own}${snippet}\n`;
  },
  command: (config, folder) => ["-DFOREGROUND", "-d", folder, "-f", config],
};

/** The blocks of a language in the guide, in their order. */
function snippets(language: string): string[] {
  const blocks = GUIDE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"));
  return [...blocks].map(([, text = ""]) => text);
}

interface Setup {
  readonly title: string;
  readonly proxy: Proxy;
  readonly index: number;
  readonly flags: readonly string[];
  readonly path: string;
  /** The client's port is told too. */
  readonly hasPort: boolean;
  readonly scriptName: string;
}

const SETUP = { index: 0, flags: [], path: "/x", hasPort: false, scriptName: "" } as const;

const setups: readonly Setup[] = [
  { ...SETUP, title: "nginx", proxy: nginx },
  {
    ...SETUP,
    title: "nginx, in a folder",
    proxy: nginx,
    index: 1,
    flags: ["--forwarded-fields", "for,proto,prefix"],
    path: "/app/x",
    scriptName: "/app",
  },
  { ...SETUP, title: "Apache", proxy: apache },
  { ...SETUP, title: "HAProxy", proxy: haproxy },
  {
    ...SETUP,
    title: "HAProxy for TCP",
    proxy: haproxy,
    index: 1,
    flags: ["--proxy-protocol", "v2"],
    hasPort: true,
  },
];

test("the guide has no configuration of these programs that isn't tried here", () => {
  for (const { language } of [nginx, apache, haproxy]) {
    const tried = setups.filter(({ proxy }) => proxy.language === language).length;
    assert.equal(snippets(language).length, tried, language);
  }
});

for (const setup of setups) {
  const { proxy } = setup;
  const isThere = existsSync(proxy.program) && process.platform === "linux";
  const skip = isThere ? false : `${proxy.program} is not installed`;
  test(`docs/guide/behind-a-proxy.md: ${setup.title}`, { skip }, () => tryOut(setup));
}

async function tryOut(setup: Setup): Promise<void> {
  const { proxy, index, flags, path } = setup;
  const folder = mkdtempSync(join(tmpdir(), "behind-a-proxy-"));
  const server = await startServer([...flags, ...APP]);
  let child: ChildProcess | null = null;
  let output = "";
  try {
    const port = await freePort();
    const snippet = snippets(proxy.language)[index]!.replaceAll(":8000", `:${server.port}`);
    const config = join(folder, "config");
    writeFileSync(config, proxy.around(snippet, folder, port));
    child = spawn(proxy.program, proxy.command(config, folder), { stdio: ["ignore", 1, "pipe"] });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (output += text));
    await until(10_000, async () => {
      if (child!.exitCode !== null) throw new Error(`${proxy.program} ended:\n${output}`);
      return (await accepts(port)) ? null : `nothing listens:\n${output}`;
    });

    const socket = connect({ host: "127.0.0.1", port, localAddress: CLIENT });
    const client = new RawClient(socket);
    client.send(`GET ${path} HTTP/1.1\r\nHost: site.example:81\r\n${LIES}\r\n\r\n`);
    const answer = await client.answer();
    assert.equal(answer.status, 200, answer.text + server.stderr());
    const environ = JSON.parse(answer.text) as Record<string, string>;
    assert.deepEqual(
      [environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"]],
      // A balancer for TCP says nothing of what the client sends; the client isn't believed.
      [CLIENT, "http", "site.example:81"],
    );
    assert.equal(environ["REMOTE_PORT"], setup.hasPort ? String(socket.localPort) : "");
    assert.deepEqual([environ["SCRIPT_NAME"], environ["PATH_INFO"]], [setup.scriptName, "/x"]);
    client.destroy();
  } finally {
    if (child !== null && child.exitCode === null) {
      const ended = new Promise((resolve) => child!.once("close", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
