import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { PROGRAMS } from "../../bench/micro/main.ts";
import { projectRoot } from "../support/server.ts";

const folder = join(projectRoot, "bench", "micro");

test("every program of bench/micro that compares something is one that npm run bench:micro runs", () => {
  const comparing = readdirSync(folder).filter(
    (name) =>
      /\.(ts|py)$/.test(name) && /^ *compare\(/m.test(readFileSync(join(folder, name), "utf8")),
  );
  assert.deepEqual(comparing.toSorted(), PROGRAMS.toSorted());
});

test("npm run bench:micro runs what is named, and lists the names when it doesn't know one", () => {
  const script = `
    import { main } from ${JSON.stringify(import.meta.resolve("../../bench/micro/main.js"))};
    process.exitCode = main(process.argv.slice(1), ${JSON.stringify(projectRoot)});
  `;
  const run = (name: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ["--input-type=module", "--eval", script, name], {
      encoding: "utf8",
    });
  const good = run("frame_codec.py");
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /ANSWER[^]*times as fast[^]*plain/);
  const wrong = run("frame-code");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /no micro-bench "frame-code"\. There are: request-parser, /);
});
