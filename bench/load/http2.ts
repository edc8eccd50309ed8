// HTTP/2 over TLS beside nginx, in one run: small files, a large one, and a small answer of an application,
// which nginx passes on to gunicorn.
//
//     npm run build && node dist/bench/load/http2.js [ROUNDS] [SECONDS]
//
// Needs h2load (Debian: nghttp2-client) and nginx on PATH, and for the application gunicorn in the bench
// environment (npm run bench -- --install); without it that part is left out. Eight connections with
// sixteen requests at a time each, one thread of h2load. The figures are medians over the rounds; in
// brackets the lowest and the highest. The ratio is taken in each round, between neighbours in time.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { issueCertificate } from "../../src/tls/issue-certificate.ts";
import { runH2load } from "./h2load.ts";
import { nginxCommand } from "./nginx.ts";
import { type RunningServer, killStartedServers, startServer } from "./server-process.ts";
import { ratioOf, shown } from "./spread.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number);
const python = join(root, ".venv-bench", "bin", "python");
const DAY_MS = 24 * 3_600_000;
const UPSTREAM_CONNECTIONS = 32;

interface Entrant {
  readonly name: string;
  start(): Promise<RunningServer>;
}

interface Part {
  readonly name: string;
  readonly path: string;
  readonly entrants: readonly Entrant[];
}

const folder = mkdtempSync(join(tmpdir(), "wizgy-bench-"));
// Started as root, the workers of nginx are somebody else.
chmodSync(folder, 0o755);
mkdirSync(join(folder, "f"));
const KIB = 1024;
writeFileSync(join(folder, "f", "small.txt"), Buffer.alloc(KIB, "x"));
writeFileSync(join(folder, "f", "large.bin"), Buffer.alloc(KIB * KIB, "x"));

const issued = issueCertificate({
  subject: [["CN", "localhost"]],
  names: ["localhost"],
  use: "server",
  notBefore: new Date(Date.now() - DAY_MS),
  notAfter: new Date(Date.now() + DAY_MS),
  issuer: null,
});
const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
writeFileSync(certificate, issued.certificate);
writeFileSync(key, issued.key);

const wizgy: Entrant = {
  name: "wizgy, 1 worker",
  start: () =>
    startServer(
      (port) => [
        ...[process.execPath, "bin/wizgy.js", "--bind", `127.0.0.1:${port}`],
        ...["--certfile", certificate, "--keyfile", key, "--static", `/f=${folder}/f`],
        ...["--chdir", "bench/apps", "hello:app"],
      ],
      root,
      "SIGINT",
    ),
};

function tlsServer(port: number, location: string): string {
  return `server { listen 127.0.0.1:${port} ssl http2; ssl_certificate ${certificate};
    ssl_certificate_key ${key}; ${location} }`;
}

function nginxFiles(workers: number): Entrant {
  const location = `location /f/ { alias ${folder}/f/; }`;
  return {
    name: `nginx, ${workers} ${workers === 1 ? "worker" : "workers"}`,
    start: () =>
      startServer(
        (port) => nginxCommand(folder, `files-${workers}`, workers, tlsServer(port, location)),
        root,
        "SIGINT",
      ),
  };
}

/** As people run it: two processes of four threads behind one worker, connections kept. */
const nginxGunicorn: Entrant = {
  name: "nginx, 1 worker, and gunicorn, 2 x 4 threads",
  start: async () => {
    const behind = await startServer(
      (port) => [
        ...[python, "-m", "gunicorn", "--bind", `127.0.0.1:${port}`, "--workers", "2"],
        ...["--worker-class", "gthread", "--threads", "4", "--no-control-socket", "hello:app"],
      ],
      join(root, "bench", "apps"),
      "SIGTERM",
    );
    const upstream = `upstream app { server 127.0.0.1:${behind.port}; keepalive ${UPSTREAM_CONNECTIONS}; }`;
    const location =
      'location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }';
    const front = await startServer(
      (port) => nginxCommand(folder, "app", 1, `${upstream} ${tlsServer(port, location)}`),
      root,
      "SIGINT",
    );
    return { ...front, stop: async () => (await front.stop()) + (await behind.stop()) };
  },
};

const hasGunicorn = existsSync(python) && spawnSync(python, ["-c", "import gunicorn"]).status === 0;
const files = [wizgy, nginxFiles(1), nginxFiles(2)];
const parts: Part[] = [
  { name: "file of 1 KiB", path: "f/small.txt", entrants: files },
  { name: "file of 1 MiB", path: "f/large.bin", entrants: files },
];
if (hasGunicorn) {
  const entrants = [wizgy, nginxGunicorn];
  parts.push({ name: "hello application", path: "", entrants });
} else
  process.stderr.write("Left out: the application (gunicorn is not in the bench environment)\n");

async function measure({ name, path, entrants }: Part): Promise<void> {
  const figures: number[][] = entrants.map(() => []);
  const running: RunningServer[] = [];
  for (const entrant of entrants) running.push(await entrant.start());
  for (let round = 0; round < rounds; round++) {
    for (const [index, { port }] of running.entries()) {
      figures[index]?.push(await runH2load({ port, path, seconds }));
    }
  }
  for (const server of running) await server.stop();
  const [ours = []] = figures;
  process.stdout.write(`\n${name}, HTTP/2 over TLS, requests/s\n`);
  for (const [index, entrant] of entrants.entries()) {
    const theirs = figures[index] ?? [];
    const against = index === 0 ? "" : `; wizgy has ${ratioOf(ours, theirs).toFixed(2)} of it`;
    process.stdout.write(`  ${entrant.name}: ${shown(theirs)}${against}\n`);
  }
}

process.once("exit", killStartedServers);
try {
  for (const part of parts) await measure(part);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
