/** What a process is born with: variables and descriptors. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { takeInheritance, withInheritance } from "../../src/control/inheritance.ts";

const PID = 4711;

test("sd_listen_fds(3): descriptors from 3 on, each with its name; the variables are gone then", () => {
  const environment = { A: "b", LISTEN_FDS: "2", LISTEN_PID: "4711", LISTEN_FDNAMES: "web:" };
  const { sockets, isServed, predecessor, share, note } = takeInheritance(environment, PID);
  assert.deepEqual(
    sockets.map(({ number, name, fd }) => [number, name, fd]),
    [
      [3, "web", 3],
      [4, "unknown", 4],
    ],
  );
  assert.deepEqual([isServed, predecessor, share, note], [false, null, null, ""]);
  assert.deepEqual(environment, { A: "b" });
});

test("sd_listen_fds(3): those of another process are not taken", () => {
  for (const other of [{ LISTEN_PID: "4712" }, {}]) {
    const environment: NodeJS.ProcessEnv = { LISTEN_FDS: "1", ...other };
    const { sockets, note } = takeInheritance(environment, PID);
    assert.deepEqual(sockets, []);
    assert.match(note, /without a shell or npm in between/);
    assert.deepEqual(environment, {});
  }
});

test("sd_listen_fds(3): a number of descriptors that is none is nothing", () => {
  for (const count of ["0", "-1", "x", "", "1e3", "99999"]) {
    const environment = { LISTEN_FDS: count, LISTEN_PID: "4711" };
    assert.deepEqual(takeInheritance(environment, PID).sockets, [], count);
  }
});

test("what one process gives the next one takes, and nobody after it", () => {
  const given = {
    sockets: [
      { key: "fd:3#0", number: 3, name: "web", fd: 5, bound: null, file: null },
      {
        key: "unix:/s#0",
        number: null,
        name: "",
        fd: 6,
        bound: { kind: "unix", path: "/s" },
        file: { path: "/s", dev: 1, ino: 2 },
      },
    ],
    isServed: true,
    predecessor: 17,
  } as const;
  // What stands there of systemd is older.
  const environment = withInheritance({ LISTEN_FDS: "1", LISTEN_PID: "4711" }, given);
  assert.deepEqual(takeInheritance(environment, PID), {
    ...given,
    share: null,
    folder: "",
    note: "",
  });
  assert.deepEqual(environment, {});
  assert.deepEqual(takeInheritance(environment, PID).sockets, []);
});
