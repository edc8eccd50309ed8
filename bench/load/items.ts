// What is measured: each item is one application and one load. The applications are in bench/apps;
// an item's expected answer is checked once per server before anything is measured.

/** How many worker processes the servers may use for an item: see `servers.ts` for what each makes of it. */
export type WorkerPlan = "one" | "two";

/** One line of work for every server. */
export interface Item {
  /** Short name for `--only-items` and results files. */
  readonly id: string;
  readonly title: string;
  /** `module:callable` in bench/apps. */
  readonly app: string;
  readonly plan: WorkerPlan;
  /** Connections that `wrk` keeps open, each with one request at a time. */
  readonly connections: number;
  /** Bytes of the request body; 0 is a GET, more is a POST. */
  readonly requestBodyBytes: number;
  readonly expectedBody: string;
  /** Whether the raw `node:net` ceiling is a fair upper bound: not where a framework does the work. */
  readonly hasCeiling: boolean;
}

const HELLO = "Hello, world!";
const TEN_KIB = "0123456789abcdef".repeat(640);

function hello(connections: number): Item {
  const plural = connections === 1 ? "connection" : "connections";
  return {
    id: `hello-c${connections}`,
    title: `hello, ${connections} ${plural}`,
    app: "hello:app",
    plan: "one",
    connections,
    requestBodyBytes: 0,
    expectedBody: HELLO,
    hasCeiling: true,
  };
}

/** In the order of the report. Items of one application stand together: a server is started once for them. */
export const items: readonly Item[] = [
  hello(1),
  hello(8),
  hello(64),
  hello(256),
  {
    ...hello(64),
    id: "10kib",
    title: "10 KiB answer, 64 connections",
    app: "ten_kib:app",
    expectedBody: TEN_KIB,
  },
  {
    ...hello(64),
    id: "post-1kib",
    title: "POST 1 KiB, counted by the application, 64 connections",
    app: "count_body:app",
    requestBodyBytes: 1024,
    expectedBody: "1024",
  },
  {
    ...hello(64),
    id: "flask",
    title: "Flask, 64 connections, two workers",
    app: "flask_hello:app",
    plan: "two",
    hasCeiling: false,
  },
  {
    ...hello(64),
    id: "django",
    title: "Django, 64 connections, two workers",
    app: "django_hello:app",
    plan: "two",
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
