// Prints the memory of 8 workers that run the Django example, with and without --preload. Linux only: it adds up what
// the system says of each process in smaps_rollup (Pss: a page that n processes share counts 1/n for each).
//
//   node scripts/bench-preload.mjs [--workers N]
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { workers: { type: "string", default: "8" } } });

for (const flags of [[], ["--preload"]]) {
  const { processes, pss, own } = await measure(flags);
  const mib = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  process.stdout.write(
    `${flags[0] ?? "without"}: ${processes} Python processes, ${mib(pss)} in all, ${mib(own)} of it their own\n`,
  );
}

async function measure(flags) {
  const args = [
    "bin/wizgy.js",
    "-b",
    "127.0.0.1:0",
    "--python",
    ".venv/bin/python",
    "-w",
    values.workers,
  ];
  const server = spawn(process.execPath, [...args, ...flags, "examples/django/app.py"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    const port = await new Promise((resolve, reject) => {
      let text = "";
      server.stderr.setEncoding("utf8").on("data", (piece) => {
        text += piece;
        const match = /http:\/\/127\.0\.0\.1:(\d+)[^]*Press Ctrl-C/.exec(text);
        if (match !== null) resolve(match[1]);
      });
      server.on("exit", () => reject(new Error(text)));
    });
    // So many at a time that each worker has had some.
    for (let round = 0; round < 20; round++) {
      const asked = Array.from({ length: 64 }, () => fetch(`http://127.0.0.1:${port}/`));
      await Promise.all((await Promise.all(asked)).map((answer) => answer.text()));
    }
    return sum(server.pid);
  } finally {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.on("exit", resolve));
  }
}

/** Of all processes below this one. */
function sum(front) {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [Number(pid), Number(/^PPid:\t(\d+)$/m.exec(status(pid))?.[1])]);
  const below = (parent) =>
    parents.filter(([, of]) => of === parent).flatMap(([pid]) => [pid, ...below(pid)]);
  const total = { processes: 0, pss: 0, own: 0 };
  for (const pid of below(front)) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)[1]) * 1024;
    total.processes++;
    total.pss += field("Pss");
    total.own += field("Private_Clean") + field("Private_Dirty");
  }
  return total;
}

function status(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return ""; // It has ended.
  }
}
