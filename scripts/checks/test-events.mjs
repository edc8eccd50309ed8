// The reporter that runs inside each test file's process. It writes one JSON line per leaf test to file descriptor 3,
// and ends the process when no test has started or ended for the limit, naming the tests that were running.
//
// A leaf is a test without subtests; suites are not counted. A parent or a suite that fails only because of what is in
// it is not counted either; one that fails by itself (a hook, its own assertion) is.
import { writeSync } from "node:fs";
import { inspect } from "node:util";

const idleLimitMs = Number(process.env.WIZGY_TEST_LIMIT_MS ?? 60_000);

export default async function* report(events) {
  const running = new Set(); // Names of the tests that have begun and not ended.
  const path = []; // Names from the outermost to the test that is reported next.
  const ended = []; // How many tests ended at each nesting since their parent began.
  // Doesn't keep the process alive; what does, when it fires, is the reason why the file hangs.
  const timer = setTimeout(() => stopHanging(running), idleLimitMs).unref();

  for await (const { type, data } of events) {
    timer.refresh();
    const { name, nesting } = data;
    if (type === "test:dequeue") running.add(name);
    else if (type === "test:complete") running.delete(name);
    else if (type === "test:start") path.splice(nesting, path.length, name);
    else if (type === "test:pass" || type === "test:fail") {
      const isParent = data.details.type === "suite" || ended[nesting + 1] > 0;
      ended[nesting + 1] = 0;
      ended[nesting] = (ended[nesting] ?? 0) + 1;
      const result = outcome(type, data, isParent);
      if (result !== null) send({ name: [...path.slice(0, nesting), name].join(" > "), ...result });
    }
  }
  yield "";
}

/** @returns {{ outcome: "passed" | "failed" | "skipped", reason: string } | null} null: not counted */
function outcome(type, data, isParent) {
  if (data.skip !== undefined) return { outcome: "skipped", reason: text(data.skip) };
  if (data.todo !== undefined)
    return { outcome: "skipped", reason: `to do ${text(data.todo)}`.trim() };
  if (type === "test:pass") return isParent ? null : { outcome: "passed", reason: "" };
  const { error } = data.details;
  if (error.failureType === "subtestsFailed") return null;
  return { outcome: "failed", reason: reasonOf(error.cause ?? error) };
}

/** The error's stack and those of its causes, without the lines of Node's own files. */
function reasonOf(cause) {
  if (!(cause instanceof Error)) return typeof cause === "string" ? cause : inspect(cause);
  const lines = (cause.stack ?? String(cause)).split("\n");
  const own = lines.filter((line) => !/^\s+at .*\bnode:/.test(line)).join("\n");
  return cause.cause === undefined ? own : `${own}\ncaused by ${reasonOf(cause.cause)}`;
}

function stopHanging(running) {
  const names = [...running].join(", ");
  const seconds = idleLimitMs / 1000;
  const reason =
    names === ""
      ? "its tests have ended, but a socket, timer or process that one of them left keeps it running"
      : `no test started or ended for ${seconds} s; running: ${names}`;
  send({ name: names, outcome: "failed", reason });
  process.exit(1);
}

function text(reason) {
  return typeof reason === "string" ? reason : "";
}

function send(line) {
  writeSync(3, `${JSON.stringify(line)}\n`);
}
