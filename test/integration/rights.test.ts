/** Whose rights the server, its workers and its files have. What needs root is skipped without it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import {
  LIFE_APP,
  type LifeServer,
  askPids,
  askLife,
  lifeRequest,
  withLifeServer,
} from "../support/life-server.ts";
import { ServerFolder, until } from "../support/server-processes.ts";
import { projectRoot, runCommand } from "../support/server.ts";

const NOBODY = 65534;

/** A Python that anybody may run; the test environment's may lie in a home. */
const openPython = [`${projectRoot}.venv/bin/python`, "/usr/bin/python3"].find(
  (path) =>
    spawnSync(path, ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"], {
      cwd: "/",
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    }).status === 0,
);

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return "needs root";
  if (openPython === undefined) return "needs a Python that nobody may run";
  const source = `${projectRoot}python/wizgy_worker/worker.py`;
  const { status } = spawnSync("/bin/cat", [source], { cwd: "/", uid: NOBODY, gid: NOBODY });
  return status === 0 ? false : "needs a source tree that nobody may read";
}

const asRoot = { skip: whyNot() };
const python = ["--python", openPython ?? "python3"];
const asNobody = [...python, "--user", "nobody", "--group", String(NOBODY)];
const nobodysFolder = { folderOwner: NOBODY };

/** The ids of a process: real, effective, saved, of the file system; and its further groups. */
function idsOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return [...status.matchAll(/^(?:Uid|Gid|Groups):\s*(.*?)\s*$/gm)]
    .map(([, ids]) => ids)
    .join("; ");
}

const FOUR = Array.from({ length: 4 }, () => NOBODY).join("\t");
const NOBODYS_IDS = `${FOUR}; ${FOUR}; ${NOBODY}`;

/** A port that only root may take, where the system makes that difference. */
async function privilegedPort(): Promise<number> {
  for (let port = 1023; port > 600; port--) {
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
  throw new Error("no free port below 1024");
}

async function withNobody(
  args: readonly string[],
  use: (life: LifeServer) => Promise<void>,
): Promise<void> {
  await withLifeServer([...asNobody, ...args], use, nobodysFolder);
}

test(
  "--user: root takes the port, then server, nursery and workers are the user, without root's groups, for good",
  asRoot,
  async () => {
    const port = await privilegedPort();
    await withNobody(["--bind", `127.0.0.1:${port}`], async ({ server, folder }) => {
      const id = NOBODY;
      assert.equal(
        await askLife(port, "/ids"),
        `(${id}, ${id}, ${id}); (${id}, ${id}, ${id}); [${id}]; /nonexistent; refused; refused; refused; refused`,
      );
      const processes = [server.pid, ...folder.processes().map(({ pid }) => pid)];
      assert.equal(processes.length, 3);
      for (const pid of processes) assert.equal(idsOf(pid), NOBODYS_IDS);
    });
  },
);

test("--user: a worker that dies is replaced by one of the same rights", asRoot, async () => {
  await withNobody([], async (life) => {
    const { worker } = await askPids(await life.client());
    process.kill(worker, "SIGKILL");
    await until(8_000, async () => {
      const pids = await askPids(await life.client()).catch(() => null);
      return pids !== null && pids.worker !== worker ? null : "no other worker";
    });
    assert.match(await askLife(life.server.port, "/ids"), /^\(65534, 65534, 65534\)/);
  });
});

test(
  "--user: a body goes through a temporary file that the user's worker can read, and none is left",
  asRoot,
  async () => {
    await withNobody(["--request-buffer", "1k"], async (life) => {
      const client = await life.client();
      client.send(lifeRequest("/work?id=a", "x".repeat(100_000)));
      const { status, text } = await client.answer();
      assert.equal(status, 200);
      assert.match(text, /^a x{100000} \d+$/);
      await until(5_000, () => {
        const left = readdirSync(life.folder.path).filter((name) => name.endsWith(".tmp"));
        return left.length === 0 ? null : left.join();
      });
    });
  },
);

test("--user: the access log and a Unix socket are the user's", asRoot, async () => {
  const folder = new ServerFolder();
  try {
    spawnSync("/bin/chown", [String(NOBODY), folder.path]);
    const [log, socket] = [join(folder.path, "access.log"), join(folder.path, "s.sock")];
    const args = ["--bind", `unix:${socket}`, "--access-logfile", log, "--umask", "027"];
    await withNobody(args, async () => {
      const { uid, gid, mode } = statSync(socket);
      assert.deepEqual([uid, gid, mode & 0o777], [NOBODY, NOBODY, 0o640]);
      assert.match(await askLife(socket, "/ids"), /refused$/);
    });
    const { uid, gid, mode } = statSync(log);
    assert.deepEqual([uid, gid, mode & 0o777], [NOBODY, NOBODY, 0o640]);
    assert.match(readFileSync(log, "latin1"), /"GET \/ids HTTP\/1\.1" 200 /);
    assert.deepEqual(readdirSync(folder.path), ["access.log"]);
  } finally {
    folder.remove();
  }
});

test("--unix-socket-owner: the socket is theirs, whoever the server is", asRoot, async () => {
  const folder = new ServerFolder();
  try {
    const socket = join(folder.path, "s.sock");
    const args = ["--bind", `unix:${socket}`, "--unix-socket-owner", "1:2"];
    await withLifeServer([...args, "--unix-socket-mode", "600"], async () => {
      const { uid, gid, mode } = statSync(socket);
      assert.deepEqual([uid, gid, mode & 0o777], [1, 2, 0o600]);
      assert.match(await askLife(socket, "/pids"), /^\d+ \d+$/);
    });
    await withLifeServer(["--bind", `unix:${socket}`, "--unix-socket-owner", ":3"], async () => {
      const { uid, gid, mode } = statSync(socket);
      assert.deepEqual([uid, gid, mode & 0o777], [0, 3, 0o660]);
    });
  } finally {
    folder.remove();
  }
});

test("--user root, and --group alone: root stays root, in that group alone", asRoot, async () => {
  await withLifeServer(["--user", "root"], async ({ server }) => {
    assert.equal(idsOf(server.pid), "0\t0\t0\t0; 0\t0\t0\t0; 0");
  });
  await withLifeServer(["--group", "3"], async ({ server }) => {
    assert.equal(idsOf(server.pid), "0\t0\t0\t0; 3\t3\t3\t3; 3");
  });
});

test(
  "a user by number that the system does not know needs --group, and has no other",
  asRoot,
  async () => {
    const { code, stderr } = await runCommand(["--user", "54321", ...LIFE_APP]);
    assert.equal(code, 1);
    assert.match(stderr, /^wizgy: --user 54321: .* Say --group, too\.\n$/);
    const args = [...python, "--user", "54321", "--group", "54322"];
    await withLifeServer(
      args,
      async ({ server }) => {
        assert.match(
          await askLife(server.port, "/ids"),
          /^\(54321, 54321, 54321\); \(54322, 54322, 54322\); \[54322\]; \/; refused/,
        );
      },
      { folderOwner: 54321 },
    );
  },
);

for (const flag of ["--user", "--group", "--unix-socket-owner"]) {
  test(`${flag} with a name that the system does not know is refused`, asRoot, async () => {
    const { code, stderr } = await runCommand([flag, "no-such-name", ...LIFE_APP]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`^wizgy: ${flag} no-such-name: the system knows no such .*\\.\n$`),
    );
  });
}

test(
  "what the user can't see is not there, and the message says with whose rights",
  asRoot,
  async () => {
    const folder = new ServerFolder(); // Root's, and of mode 700.
    try {
      for (const [chdir, complaint] of [
        [folder.path, "the server's user may not enter this folder"],
        [join(folder.path, "x"), "there is no such folder"],
      ] as const) {
        const args = [...asNobody, "-b", "127.0.0.1:0", "--chdir", chdir, "life"];
        const { code, stderr } = await runCommand(args);
        assert.equal(code, 1);
        const whose = "(Seen with the rights of --user nobody.)";
        assert.equal(stderr, `wizgy: --chdir ${chdir}: ${complaint}. ${whose}\n`);
      }
    } finally {
      folder.remove();
    }
  },
);

test("what may keep the rights of root in a part of Node.js is refused", asRoot, async () => {
  const env = { UV_USE_IO_URING: "1" };
  const { code, stderr } = await runCommand(["-b", "127.0.0.1:0", ...asNobody, ...LIFE_APP], {
    env,
  });
  assert.equal(code, 1);
  assert.match(stderr, /^wizgy: With UV_USE_IO_URING set .* Unset it .*\.\n$/);
});

test("--check-config loads the application with the user's rights", asRoot, async () => {
  const folder = new ServerFolder();
  try {
    spawnSync("/bin/chown", [String(NOBODY), folder.path]);
    const args = [...asNobody, "--check-config", "--chdir", "test/apps/process"];
    const env = { TMPDIR: folder.path, SEEN_FILE: join(folder.path, "seen") };
    const { code, stderr } = await runCommand([...args, "who_imports"], { env });
    assert.equal(code, 0, stderr);
    assert.equal(statSync(join(folder.path, "seen")).uid, NOBODY);
  } finally {
    folder.remove();
  }
});

const startedAsNobody = process.getuid?.() === 0 ? { uid: NOBODY } : {};
const ownName = process.getuid?.() === 0 ? "nobody" : String(process.getuid?.());
const anyUser = { skip: process.getuid?.() === 0 ? asRoot.skip : false };

test("who is not root can't become another user, nor give a socket away", anyUser, async () => {
  for (const [flag, name] of [
    ["--user", "root"],
    ["--group", "0"],
    ["--unix-socket-owner", "root"],
  ] as const) {
    const { code, stderr } = await runCommand([flag, name, ...LIFE_APP], startedAsNobody);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^wizgy: ${flag} ${name}: only root can .*\\.\n$`));
  }
});

test("who is not root may name itself", anyUser, async () => {
  await withLifeServer(
    [...python, "--user", ownName],
    async ({ server }) => {
      assert.match(await askLife(server.port, "/ids"), /refused$/);
    },
    { ...startedAsNobody, ...(process.getuid?.() === 0 ? nobodysFolder : {}) },
  );
});

test("--umask is that of the application; without it the one it was started with stays", async () => {
  await withLifeServer(["--umask", "0o37"], async ({ server }) => {
    assert.equal(await askLife(server.port, "/mask"), "037");
  });
  await withLifeServer([], async ({ server }) => {
    assert.equal(await askLife(server.port, "/mask"), process.umask().toString(8).padStart(3, "0"));
  });
});

test("a Unix socket has the mode 660, what --umask leaves of 666, or --unix-socket-mode", async () => {
  const folder = new ServerFolder();
  try {
    const path = join(folder.path, "s.sock");
    for (const [args, mode] of [
      [[], 0o660],
      [["--umask", "0"], 0o666],
      [["--umask", "022"], 0o644],
      [["--umask", "0", "--unix-socket-mode", "0600"], 0o600],
      [["--unix-socket-mode", "666"], 0o666],
    ] as const) {
      await withLifeServer(["--bind", `unix:${path}`, ...args], async () => {
        assert.equal(statSync(path).mode & 0o777, mode, args.join(" "));
        assert.match(await askLife(path, "/pids"), /^\d+ \d+$/);
      });
    }
  } finally {
    folder.remove();
  }
});
