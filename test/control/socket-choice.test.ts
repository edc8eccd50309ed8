/** Which passed socket is meant by which address. */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { HandedSocket } from "../../src/control/inheritance.ts";
import { chooseSockets } from "../../src/control/socket-choice.ts";
import { parseBindAddress } from "../../src/options/bind-address.ts";

function addresses(texts: readonly string[]) {
  return texts.map((text) => {
    const reading = parseBindAddress(text);
    assert.ok(reading.ok, text);
    return reading.value;
  });
}

/** `KEY`, `KEY NUMBER NAME`: in a process that systemd has started the key is empty. */
function sockets(texts: readonly string[]): HandedSocket[] {
  return texts.map((text, index) => {
    const [key = "", number, name = ""] = text.split(" ");
    const which = number === undefined ? null : Number(number);
    return { key, number: which, name, fd: 10 + index, bound: null, file: null };
  });
}

interface Case {
  readonly title: string;
  readonly bind: readonly string[];
  readonly redirectHttp?: readonly string[];
  readonly sockets: readonly string[];
  /** Each address with the descriptor that it gets. */
  readonly chosen: readonly string[];
  readonly unused?: readonly number[];
  readonly ignored?: number;
}

const cases: readonly Case[] = [
  {
    title: "without sockets every address is made",
    bind: ["127.0.0.1:80", "unix:/s"],
    sockets: [],
    chosen: ["http://127.0.0.1:80#0 -", "unix:/s#0 -"],
  },
  {
    title: "sockets of systemd stand in for the default address",
    bind: ["127.0.0.1:8000"],
    sockets: [" 3 web", " 4 unknown"],
    chosen: ["fd:3#0 10", "fd:4#0 11"],
  },
  {
    title: "sockets of systemd stand in for another address, too, and that is told",
    bind: ["0.0.0.0:80"],
    redirectHttp: ["0.0.0.0:81"],
    sockets: [" 3 web"],
    chosen: ["fd:3#0 10", "http://0.0.0.0:81#0 -"],
    ignored: 1,
  },
  {
    title: "where one is named, only those that are named count",
    bind: ["fd:web", "127.0.0.1:80"],
    redirectHttp: ["fd:4"],
    sockets: [" 3 web", " 4 plain", " 5 web", " 6 spare"],
    chosen: ["fd:web#0 10", "fd:web#1 12", "http://127.0.0.1:80#0 -", "fd:4#0 11"],
  },
  {
    title: "a number that systemd did not pass is the descriptor of that number",
    bind: ["fd:0"],
    sockets: [],
    chosen: ["fd:0#0 0"],
  },
  {
    title: "a new server takes what the old one had, in whatever order, and makes the rest",
    bind: ["unix:/s", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:81"],
    sockets: ["http://127.0.0.1:0#0", "http://127.0.0.1:0#1", "unix:/s#0", "unix:/gone#0"],
    chosen: [
      "unix:/s#0 12",
      "http://127.0.0.1:0#0 10",
      "http://127.0.0.1:0#1 11",
      "http://127.0.0.1:81#0 -",
    ],
    unused: [13],
  },
  {
    title: "a new server takes sockets of systemd by the numbers that they had at first",
    bind: ["127.0.0.1:8000"],
    sockets: ["fd:3#0 3 web", "fd:4#0 4 unknown"],
    chosen: ["fd:3#0 10", "fd:4#0 11"],
  },
  {
    title: "a new server never takes a descriptor that is something else by now",
    bind: ["fd:10"],
    sockets: ["http://127.0.0.1:0#0"],
    chosen: ["fd:10#0 2147483647"],
    unused: [10],
  },
];

for (const { title, bind, redirectHttp = [], unused = [], ignored = 0, ...rest } of cases) {
  test(`passed sockets: ${title}`, () => {
    const settings = { bind: addresses(bind), redirectHttp: addresses(redirectHttp) };
    const choice = chooseSockets(settings, sockets(rest.sockets));
    assert.ok(!("kind" in choice));
    const all = [...choice.bind, ...choice.redirectHttp];
    assert.deepEqual(
      all.map(({ key, socket }) => `${key} ${socket === null ? "-" : socket.fd}`),
      rest.chosen,
    );
    assert.deepEqual(
      choice.unused.map(({ fd }) => fd),
      unused,
    );
    assert.equal(choice.ignored.length, ignored);
  });
}

test("passed sockets: a name that is not there is refused", () => {
  const settings = { bind: addresses(["fd:www"]), redirectHttp: [] };
  assert.deepEqual(chooseSockets(settings, sockets([" 3 web", " 4 web"])), {
    kind: "unknown-name",
    name: "www",
    known: ["web"],
  });
});
