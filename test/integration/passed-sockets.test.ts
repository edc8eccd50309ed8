/** Sockets that another process has made: systemd's socket activation (sd_listen_fds(3)), and plain descriptors. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { LIFE_APP, askLife } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerFolder } from "../support/server-processes.ts";
import { projectRoot, runCommand, testPython } from "../support/server.ts";
import { Systemd, type SystemdPlan } from "../support/systemd.ts";

const READY = /Press Ctrl-C to stop/;
const linuxOnly = { skip: process.platform !== "linux" && "systemd is on Linux" };

async function withSystemd(
  plan: SystemdPlan,
  use: (systemd: Systemd) => Promise<void>,
): Promise<void> {
  const systemd = await Systemd.start(plan);
  try {
    await use(systemd);
  } finally {
    await systemd.close();
  }
}

test(
  "sd_listen_fds(3): sockets that are passed are served without being named, and stay when the server goes",
  linuxOnly,
  async () => {
    const sockets = [{ kind: "tcp" }, { kind: "unix" }] as const;
    await withSystemd({ sockets, args: LIFE_APP }, async (systemd) => {
      const [port = 0, path = ""] = systemd.addresses;
      // Whoever comes before the server is ready waits.
      assert.equal(await askLife(port, "/environ?key=SERVER_PORT"), String(port));
      assert.equal(await askLife(path, "/environ?key=REMOTE_ADDR"), "");
      const log = await systemd.logged(READY);
      assert.ok(log);
      assert.match(systemd.log, new RegExp(`at {6}http://127.0.0.1:${port}$`, "m"));
      assert.match(systemd.log, /at {6}fd:4 \(a Unix socket\)$/m);
      // The application's children would take the variables for theirs.
      for (const name of ["LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET"]) {
        assert.equal(await askLife(port, `/environ?variable=${name}`), "", name);
      }
      process.kill(systemd.pid, "SIGTERM");
      assert.equal(await systemd.ended(), 0, systemd.log);
      assert.ok(existsSync(String(path)));
    });
  },
);

test("sd_listen_fds(3): --bind fd:NAME and fd:N choose among them", linuxOnly, async () => {
  const sockets = [
    { kind: "tcp", name: "admin" },
    { kind: "tcp", name: "web" },
    { kind: "unix", name: "web" },
    { kind: "tcp", name: "spare" },
  ] as const;
  const args = ["--bind", "fd:web", "--bind", "fd:6", ...LIFE_APP];
  await withSystemd({ sockets, args }, async (systemd) => {
    const [, port = 0, path = "", spare = 0] = systemd.addresses;
    await systemd.logged(READY);
    for (const address of [port, path, spare]) {
      assert.equal(await askLife(address, "/environ?key=REQUEST_METHOD"), "GET");
    }
    assert.equal(systemd.log.match(/ at {6}/g)?.length, 3);
  });
});

test(
  "sd_listen_fds(3): sites without addresses of their own are found at all sockets that are passed",
  linuxOnly,
  async () => {
    const folder = new ServerFolder();
    try {
      const config = join(folder.path, "wizgy.toml");
      const site = (name: string): string =>
        `[[site]]\nname = "${name}"\napp = "life"\nchdir = "test/apps/process"\nhosts = ["${name}.test"]\nenv = { SITE = "${name}" }\n`;
      writeFileSync(config, `${site("one")}\n${site("two")}`);
      const sockets = [{ kind: "tcp" }, { kind: "unix" }] as const;
      await withSystemd({ sockets, args: ["--config", config] }, async (systemd) => {
        await systemd.logged(READY);
        for (const address of systemd.addresses) {
          for (const name of ["one", "two"]) {
            const client = await RawClient.open(address);
            client.send(`GET /environ?variable=SITE HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`);
            assert.equal((await client.answer()).text, name);
            client.destroy();
          }
        }
      });
    } finally {
      folder.remove();
    }
  },
);

test(
  "sd_listen_fds(3): a name that none of them has is refused with the names that there are",
  linuxOnly,
  async () => {
    const sockets = [
      { kind: "tcp", name: "admin" },
      { kind: "tcp", name: "web" },
    ] as const;
    await withSystemd({ sockets, args: ["--bind", "fd:www", ...LIFE_APP] }, async (systemd) => {
      assert.equal(await systemd.ended(), 1);
      assert.equal(
        systemd.log,
        "wizgy: fd:www: the sockets that were passed are called admin, web. Choose another address with --bind, or FileDescriptorName=www in the socket unit.\n",
      );
    });
  },
);

test(
  "sd_listen_fds(3): sockets for another process are left alone, and the log says so",
  linuxOnly,
  async () => {
    const plan = {
      sockets: [{ kind: "tcp" }] as const,
      args: ["--bind", "127.0.0.1:0", ...LIFE_APP],
      passesPid: false,
    };
    await withSystemd(plan, async (systemd) => {
      await systemd.logged(READY);
      assert.match(systemd.log, /\[INFO\] Sockets were passed to process \d+ and not to this one/);
      assert.doesNotMatch(
        systemd.log,
        new RegExp(`at {6}http://127.0.0.1:${systemd.addresses[0]}$`),
      );
    });
  },
);

test(
  "sd_listen_fds(3): an address beside them is not listened on, and the log says so",
  linuxOnly,
  async () => {
    const plan = {
      sockets: [{ kind: "tcp" }] as const,
      args: ["--bind", "127.0.0.1:1", ...LIFE_APP],
    };
    await withSystemd(plan, async (systemd) => {
      await systemd.logged(READY);
      assert.match(
        systemd.log,
        /\[WARNING\] Sockets were passed and are used instead of --bind \(http:\/\/127.0.0.1:1\)/,
      );
    });
  },
);

test("sd_listen_fds(3): a socket that can't be listened on is refused", linuxOnly, async () => {
  await withSystemd({ sockets: [{ kind: "datagram" }], args: LIFE_APP }, async (systemd) => {
    assert.equal(await systemd.ended(), 1);
    assert.match(systemd.log, /^wizgy: fd:3 is not a socket that can be listened on \(\w+\)\. /);
  });
});

test("--bind fd:N: a socket that whoever starts the server has opened", async () => {
  const opened = createServer();
  await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
  const { _handle: handle } = opened as unknown as { readonly _handle: { readonly fd: number } };
  const address = opened.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const python = existsSync(testPython) ? ["--python", testPython] : [];
  const server = spawn(
    process.execPath,
    [`${projectRoot}bin/wizgy.js`, ...python, "--bind", "fd:3", ...LIFE_APP],
    { cwd: projectRoot, stdio: ["ignore", "inherit", "pipe", handle.fd] },
  );
  let log = "";
  const ended = new Promise((resolve) => server.on("close", resolve));
  await new Promise<void>((resolve) => {
    server.stderr!.setEncoding("utf8").on("data", (piece: string) => {
      log += piece;
      if (READY.test(log)) resolve();
    });
    void ended.then(() => resolve());
  });
  await new Promise((resolve) => opened.close(resolve));
  try {
    assert.match(log, new RegExp(`at {6}http://127.0.0.1:${port}$`, "m"));
    assert.equal(await askLife(port, "/environ?key=SERVER_PORT"), String(port));
  } finally {
    server.kill();
    await ended;
  }
});

test("--bind fd:N: a number that is no socket is refused with what to do", async () => {
  const { code, stderr } = await runCommand(["--bind", "fd:1", ...LIFE_APP]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^wizgy: fd:1 is not a socket that can be listened on \(\w+\)\. Pass an open /,
  );
});
