/** Two ends of a launcher without a process between: what one says in JSON comes to the other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Duplex } from "node:stream";

import {
  CONTROL_FD,
  type Launch,
  type LaunchedProcess,
  OWN_LAUNCHER,
} from "../../src/workers/launcher.ts";
import {
  type LaunchNews,
  type LaunchOrder,
  LaunchOrders,
  RemoteLauncher,
} from "../../src/workers/remote-launcher.ts";

function pair(): { launcher: RemoteLauncher; orders: LaunchOrders; news: LaunchNews[] } {
  const news: LaunchNews[] = [];
  const copy = <Message>(message: Message): Message =>
    JSON.parse(JSON.stringify(message)) as Message;
  const orders: LaunchOrders = new LaunchOrders(OWN_LAUNCHER, (told) => {
    news.push(told);
    launcher.hear(copy(told));
  });
  const launcher = new RemoteLauncher((order: LaunchOrder) => orders.obey(copy(order)));
  return { launcher, orders, news };
}

/** Says back what it hears, in capitals, until the socket ends; then ends with 7. */
const ECHO = `
const net = require("node:net");
const socket = new net.Socket({ fd: 3 });
process.stderr.write("to the log");
socket.on("data", (data) => socket.write(String(data).toUpperCase()));
socket.on("end", () => socket.end(() => process.exit(7)));
`;

function launch(script: string, command = process.execPath): Launch {
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  return { command, args: ["-e", script], cwd: "/", env: process.env, stdio };
}

function ended(launched: LaunchedProcess): Promise<readonly [unknown, unknown]> {
  return new Promise((resolve) => {
    launched.on("error", (error) => resolve(["error", error.message]));
    launched.on("close", (code, signal) => resolve([code, signal]));
  });
}

test("a process that another one starts is talked to as one's own, and its end is told", async () => {
  const { launcher } = pair();
  const launched = launcher.launch(launch(ECHO));
  const end = ended(launched);
  const control = launched.stdio[CONTROL_FD] as Duplex;
  let heard = "";
  const answered = new Promise<void>((resolve) => {
    control.on("data", (data: Buffer) => {
      heard += data.toString();
      if (heard.length >= "ONE\nTWO\n".length) resolve();
    });
  });
  let log = "";
  const logged = new Promise<void>((resolve) => {
    launched.stderr?.on("data", (data: Buffer) => {
      log += data.toString();
      if (log.length >= "to the log".length) resolve();
    });
  });
  control.write("one\n");
  control.write("two\n");
  await Promise.all([answered, logged]);
  assert.equal(heard, "ONE\nTWO\n");
  assert.equal(log, "to the log");
  control.end();
  assert.deepEqual(await end, [7, null]);
});

test("it can be killed, and what can't be started says why", async () => {
  const { launcher } = pair();
  const launched = launcher.launch(launch(ECHO));
  const end = ended(launched);
  launched.kill("SIGKILL");
  assert.deepEqual(await end, [null, "SIGKILL"]);
  const [kind, message] = await ended(launcher.launch(launch("", "/no/such/python")));
  assert.equal(kind, "error");
  assert.match(String(message), /ENOENT/);
});

test("when the front is gone each process hears the end of its socket, and all are waited for", async () => {
  const { launcher, orders, news } = pair();
  launcher.launch(launch(ECHO));
  launcher.launch(launch(ECHO));
  await orders.hangUp();
  assert.deepEqual(
    news.flatMap((told) => (told.news === "ended" ? [told.code] : [])),
    [7, 7],
  );
});

test("when the other process is gone, all that it had started counts as ended, and nothing more can be", async () => {
  const { launcher, orders } = pair();
  const before = ended(launcher.launch(launch(ECHO)));
  launcher.gone();
  assert.equal((await before)[0], "error");
  assert.equal((await ended(launcher.launch(launch(ECHO))))[0], "error");
  await orders.hangUp();
});

test("news that make no sense are passed over", () => {
  const { launcher } = pair();
  for (const message of [
    null,
    "text",
    4,
    [],
    {},
    { news: "ended", id: 99 },
    { news: "said", id: "1", text: "x" },
    { news: "said", id: 1, text: 5 },
  ]) {
    launcher.hear(message);
  }
});
