// What is measured: each item is one application and one load. The applications are in bench/apps;
// an item's expected answer is checked once per server before anything is measured.

/**
 * How many processes and threads the servers may use for an item: `servers.ts` has what each makes
 * of it.
 *
 *     one      one worker process, one thread
 *     two      two worker processes, one thread each
 *     slots    eight requests at a time: two processes of four threads, or what comes closest
 *     waiting  128 requests at a time: two processes of 64 threads, or what comes closest
 */
export type WorkerPlan = "one" | "two" | "slots" | "waiting";

/** Threads of each worker process that has threads to offer. */
export const threadsOf: Readonly<Record<WorkerPlan, number>> = {
  one: 1,
  two: 1,
  slots: 4,
  waiting: 64,
};

/** How the load generator sends: wrk.lua knows each of them by its name. */
export type LoadShape =
  /** One request at a time over connections that are kept. */
  | "kept"
  /** 16 requests at a time over connections that are kept. */
  | "pipelined"
  /** A connection for each request. */
  | "closed"
  /** GET, POST with Content-Length, POST chunked, in turns. */
  | "methods"
  /** One request of a hundred goes to /slow. */
  | "speeds";

/** One line of work for every server. */
export interface Item {
  /** Short name for `--only-items` and results files. */
  readonly id: string;
  readonly title: string;
  /** `module:callable` in bench/apps. */
  readonly app: string;
  readonly plan: WorkerPlan;
  readonly shape: LoadShape;
  /** Connections that `wrk` uses at the same time. */
  readonly connections: number;
  /** Bytes of the request body; 0 is a GET, more is a POST. */
  readonly requestBodyBytes: number;
  readonly expectedBody: string;
  /** Whether the raw `node:net` ceiling is a fair upper bound: not where a framework does the work. */
  readonly hasCeiling: boolean;
}

const HELLO = "Hello, world!";
const SIXTEEN = "0123456789abcdef";
const MIB = 1024 * 1024;

function hello(connections: number): Item {
  const plural = connections === 1 ? "connection" : "connections";
  return {
    id: `hello-c${connections}`,
    title: `hello, ${connections} ${plural}`,
    app: "hello:app",
    plan: "one",
    shape: "kept",
    connections,
    requestBodyBytes: 0,
    expectedBody: HELLO,
    hasCeiling: true,
  };
}

function framework(id: string, title: string, expectedBody = HELLO): Item {
  return {
    ...hello(64),
    id,
    title: `${title}, 64 connections, two workers`,
    app: `${id.replace("-", "_")}:app`,
    plan: "two",
    expectedBody,
    hasCeiling: false,
  };
}

function post(id: string, title: string, bytes: number, connections: number): Item {
  return {
    ...hello(connections),
    id,
    title: `POST ${title}, counted by the application, ${connections} connections`,
    app: "count_body:app",
    requestBodyBytes: bytes,
    expectedBody: String(bytes),
  };
}

/** In the order of the report. Items of one application stand together: a server is started once for them. */
export const items: readonly Item[] = [
  hello(1),
  hello(8),
  hello(64),
  hello(256),
  hello(1024),
  {
    ...hello(64),
    id: "pipelined",
    title: "hello, 16 pipelined requests, 64 connections",
    shape: "pipelined",
    hasCeiling: false,
  },
  {
    ...hello(64),
    id: "closed",
    title: "hello, one request per connection, 64 at a time",
    shape: "closed",
    hasCeiling: false,
  },
  {
    ...hello(64),
    id: "10kib",
    title: "10 KiB answer, 64 connections",
    app: "ten_kib:app",
    expectedBody: SIXTEEN.repeat(640),
  },
  {
    ...hello(64),
    id: "1mib",
    title: "1 MiB answer, 64 connections",
    app: "one_mib:app",
    expectedBody: SIXTEEN.repeat(MIB / 16),
    hasCeiling: false,
  },
  {
    ...hello(64),
    id: "streamed",
    title: "a page streamed in 100 blocks of 100 bytes, 64 connections",
    app: "streamed:app",
    expectedBody: "0123456789".repeat(1000),
    hasCeiling: false,
  },
  post("post-1kib", "1 KiB", 1024, 64),
  { ...post("post-64kib", "64 KiB", 65_536, 64), hasCeiling: false },
  { ...post("post-20mib", "20 MiB", 20 * MIB, 4), hasCeiling: false },
  {
    ...hello(64),
    id: "methods",
    title: "GET, POST with Content-Length and POST chunked in turns, 64 connections",
    app: "methods:app",
    shape: "methods",
    hasCeiling: false,
  },
  {
    ...hello(64),
    id: "json",
    title: "a JSON page made for each request, 64 connections",
    app: "json_page:app",
    expectedBody: JSON.stringify({ items: range(20).map((n) => ({ id: n, name: `item ${n}` })) }),
    hasCeiling: false,
  },
  framework("bottle-hello", "Bottle"),
  framework("falcon-hello", "Falcon"),
  framework("flask-hello", "Flask"),
  framework("django-hello", "Django"),
  framework(
    "django-page",
    "Django with its default middleware, a template and one SQLite query",
    "<ul><li>first</li><li>second</li><li>third</li></ul>",
  ),
  framework("burn", "an application that computes for 5 ms"),
  {
    ...hello(64),
    id: "speeds",
    title: "1 request of 100 sleeps 50 ms, 8 slots, 64 connections",
    app: "slow_path:app",
    plan: "slots",
    shape: "speeds",
    hasCeiling: false,
  },
  {
    ...hello(512),
    id: "waits",
    title: "each request waits 10 ms, 128 slots, 512 connections",
    app: "waits:app",
    plan: "waiting",
    hasCeiling: false,
  },
];

/** Items whose id equals or starts with one of the given names; all of them when none is given. */
export function selectItems(names: readonly string[]): readonly Item[] {
  if (names.length === 0) return items;
  return items.filter((item) => names.some((name) => item.id.startsWith(name)));
}

/** Groups items that share an application and a worker plan, in order. */
export function groupByApp(selected: readonly Item[]): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of selected) {
    const key = `${item.app} ${item.plan}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
