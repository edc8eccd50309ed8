import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";

import { NotedJob } from "./jobs.ts";

setFlagsFromString("--allow-natives-syntax");
const haveSameShape = runInThisContext("(a, b) => %HaveSameMap(a, b)") as (
  a: object,
  b: object,
) => boolean;

test("jobs of different histories have one shape", () => {
  // The first one teaches the engine what the fields may hold.
  live(new NotedJob());
  const fresh = new NotedJob();
  const used = new NotedJob();
  live(used);
  assert.ok(haveSameShape(fresh, used));
});

function live(job: NotedJob): void {
  job.content = {
    fragment: Buffer.from("1"),
    slots: "",
    hasExtra: false,
    body: null,
    bodyFollows: false,
    bodyInFile: false,
  };
  job.worker = {
    grant() {},
    sendBody() {},
    replyFile: () => true,
    noteClientEnded() {},
    pid: 1,
  };
  job.number = 4_000_000_000;
  job.cancelled = true;
}
