/** What systemd is told (sd_notify(3)), and what the application is not. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { LIFE_APP, askLife } from "../support/life-server.ts";
import { ServerFolder, hasEnded, until } from "../support/server-processes.ts";
import { startServer } from "../support/server.ts";
import { Systemd, type SystemdPlan } from "../support/systemd.ts";

const BOUND_MS = 30_000;
const linuxOnly = { skip: process.platform !== "linux" && "systemd is on Linux" };
const sockets = [{ kind: "tcp" }] as const;

async function withSystemd(
  plan: Omit<SystemdPlan, "args">,
  use: (systemd: Systemd) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const systemd = await Systemd.start({ ...plan, args: [...flags, ...LIFE_APP] });
  try {
    await use(systemd);
  } finally {
    await systemd.close();
  }
}

/** CLOCK_MONOTONIC, as the server's own process has it. */
function monotonicUsec(): bigint {
  return process.hrtime.bigint() / 1000n;
}

for (const isAbstract of [false, true]) {
  const kind = isAbstract ? "an abstract name" : "a path";
  test(
    `sd_notify(3): READY, RELOADING with MONOTONIC_USEC, READY, STOPPING; NOTIFY_SOCKET is ${kind}`,
    linuxOnly,
    async () => {
      await withSystemd({ sockets, isAbstract }, async (systemd) => {
        const ready = await systemd.heard(/^READY=1$/m);
        assert.match(ready.message, new RegExp(`^MAINPID=${systemd.pid}$`, "m"));
        assert.match(ready.message, /^STATUS=Serving life at http:\/\/127\.0\.0\.1:\d+$/m);
        assert.notEqual(ready.sender, systemd.pid, "hence NotifyAccess=all");
        const before = monotonicUsec();
        process.kill(systemd.pid, "SIGHUP");
        const reloading = await systemd.heard(/^RELOADING=1$/m);
        const usec = BigInt(/^MONOTONIC_USEC=(\d+)$/m.exec(reloading.message)?.[1] ?? 0);
        assert.ok(usec >= before && usec <= monotonicUsec(), `${usec} is not after ${before}`);
        const from = systemd.told.indexOf(reloading);
        await systemd.heard(/^READY=1\nSTATUS=Reloaded in /m, from);
        process.kill(systemd.pid, "SIGTERM");
        assert.equal(await systemd.ended(), 0, systemd.log);
        await systemd.heard(/^STOPPING=1$/m);
        assert.ok(hasEnded(ready.sender));
      });
    },
  );
}

/** The application can't be imported while `breaks` has been called last. */
async function withBreakable(
  plan: Omit<SystemdPlan, "args">,
  use: (systemd: Systemd, breaks: () => void, mends: () => void) => Promise<void>,
): Promise<void> {
  const folder = new ServerFolder();
  const file = join(folder.path, "broken");
  try {
    await withSystemd({ ...plan, env: { FAIL_IMPORT: "1", SLOW_FILE: file } }, (systemd) =>
      use(
        systemd,
        () => writeFileSync(file, ""),
        () => rmSync(file),
      ),
    );
  } finally {
    folder.remove();
  }
}

test(
  "sd_notify(3): a reload that fails ends with READY, too, and the status says why",
  linuxOnly,
  async () => {
    await withBreakable({ sockets }, async (systemd, breaks) => {
      await systemd.heard(/^READY=1$/m);
      breaks();
      process.kill(systemd.pid, "SIGHUP");
      await systemd.heard(
        /^READY=1\nSTATUS=The reload failed, and the workers that are there go on: /m,
      );
    });
  },
);

test(
  "sd_watchdog_enabled(3): WATCHDOG comes while a worker can take requests, and not while none can",
  linuxOnly,
  async () => {
    await withBreakable({ sockets, watchdogUsec: 200_000 }, async (systemd, breaks, mends) => {
      const count = (): number =>
        systemd.told.filter(({ message }) => message === "WATCHDOG=1").length;
      await until(BOUND_MS, () => (count() >= 3 ? null : `${count()} times`));
      // The application's own children must not speak for the server.
      for (const name of ["WATCHDOG_USEC", "WATCHDOG_PID", "NOTIFY_SOCKET"]) {
        assert.equal(
          await askLife(systemd.addresses[0] ?? 0, `/environ?variable=${name}`),
          "",
          name,
        );
      }
      breaks();
      process.kill(
        Number((await askLife(systemd.addresses[0] ?? 0, "/pids")).split(" ")[0]),
        "SIGKILL",
      );
      await systemd.logged(/\[WARNING\] No worker can take requests: the watchdog/);
      const sent = count();
      mends();
      await until(BOUND_MS, () => (count() > sent ? null : "it does not go on"));
      assert.match(await askLife(systemd.addresses[0] ?? 0, "/close?id=a"), /^a /);
    });
  },
);

test(
  "sd_notify(3): USR2 tells the number of the new main process, and never STOPPING",
  linuxOnly,
  async () => {
    await withSystemd({ sockets, watchdogUsec: 500_000 }, async (systemd) => {
      await systemd.heard(/^READY=1$/m);
      process.kill(systemd.pid, "SIGUSR2");
      const other = new RegExp(`^MAINPID=(?!${systemd.pid}$)\\d+$`, "m");
      const { message, sender } = await systemd.heard(other);
      const next = Number(/^MAINPID=(\d+)$/m.exec(message)?.[1]);
      assert.match(message, /^READY=1$/m);
      assert.equal(await systemd.ended(), 0, systemd.log);
      assert.ok(systemd.told.every(({ message: text }) => !text.includes("STOPPING")));
      // The watchdog hears of the new one.
      const from = systemd.told.length;
      await systemd.heard(/^WATCHDOG=1$/m, from);
      assert.equal(systemd.told.at(-1)?.sender, sender);
      assert.match(await askLife(systemd.addresses[0] ?? 0, "/close?id=a"), /^a /);
      process.kill(next, "SIGTERM");
      await systemd.heard(/^STOPPING=1$/m);
      await until(BOUND_MS, () => (hasEnded(next) ? null : "it is there"));
    });
  },
);

test(
  "sd_notify(3): when the process that sends has died, another one sends the next text",
  linuxOnly,
  async () => {
    await withSystemd({ sockets }, async (systemd) => {
      const { sender } = await systemd.heard(/^READY=1$/m);
      process.kill(sender, "SIGKILL");
      await systemd.logged(
        /\[WARNING\] The service manager can't be told: its sender ended with SIGKILL/,
      );
      process.kill(systemd.pid, "SIGHUP");
      assert.notEqual((await systemd.heard(/^RELOADING=1$/m)).sender, sender);
    });
  },
);

test(
  "sd_notify(3), sd_listen_fds(3): with several fronts the main process tells, and the fronts serve the sockets",
  linuxOnly,
  async () => {
    const flags = ["--fronts", "2", "--workers", "2"];
    await withSystemd(
      { sockets, watchdogUsec: 1_000_000 },
      async (systemd) => {
        const { message, sender } = await systemd.heard(/^READY=1$/m);
        assert.match(
          message,
          new RegExp(`^MAINPID=${systemd.pid}\nSTATUS=Serving life at http://127`, "m"),
        );
        for (const name of ["LISTEN_FDS", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WIZGY_INHERITANCE"]) {
          assert.equal(
            await askLife(systemd.addresses[0] ?? 0, `/environ?variable=${name}`),
            "",
            name,
          );
        }
        assert.equal(
          await askLife(systemd.addresses[0] ?? 0, "/environ?key=SERVER_PORT"),
          String(systemd.addresses[0]),
        );
        await systemd.heard(/^WATCHDOG=1$/m);
        process.kill(systemd.pid, "SIGHUP");
        await systemd.heard(/^READY=1\nSTATUS=Reloaded in /m);
        process.kill(systemd.pid, "SIGUSR2");
        const next = await systemd.heard(new RegExp(`^MAINPID=(?!${systemd.pid}$)\\d+$`, "m"));
        assert.notEqual(next.sender, sender);
        assert.equal(await systemd.ended(), 0, systemd.log);
        assert.match(await askLife(systemd.addresses[0] ?? 0, "/close?id=a"), /^a /);
        const pid = Number(/^MAINPID=(\d+)$/m.exec(next.message)?.[1]);
        process.kill(pid, "SIGTERM");
        await systemd.heard(/^STOPPING=1$/m);
        await until(BOUND_MS, () => (hasEnded(pid) ? null : "it is there"));
      },
      flags,
    );
  },
);

test("NOTIFY_SOCKET that is neither a path nor an abstract name is told in the log; the server serves", async () => {
  const server = await startServer(LIFE_APP, { env: { NOTIFY_SOCKET: "vsock:2:9" } });
  const { code, stderr } = await server.stop();
  assert.equal(code, 0);
  assert.match(stderr, /\[WARNING\] NOTIFY_SOCKET vsock:2:9 is neither a path nor a name with @/);
});
