/** The units of docs/guide/systemd.md and docs/guide/deploying.md: systemd takes them, and so do we. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { parseCommandLine } from "../../src/options/command-line.ts";
import { projectRoot } from "../support/server.ts";

const PAGES = ["docs/guide/systemd.md", "docs/guide/deploying.md"];
const UNIT = /^`\/etc\/systemd\/system\/(\S+)`:\n\n```ini\n([\s\S]*?)^```$/gm;

const units = PAGES.flatMap((page) => {
  const text = readFileSync(join(projectRoot, page), "utf8");
  return [...text.matchAll(UNIT)].map(([, name = "", unit = ""]) => ({ page, name, unit }));
});

function isThere(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

test("the guides have the units that are talked about", () => {
  assert.deepEqual(
    units.map(({ name }) => name),
    ["site.socket", "site.service", "site.service"],
  );
});

for (const { page, name, unit } of units) {
  const command = /^ExecStart=(\S+) (.*)$/m.exec(unit);
  if (command === null) continue;
  test(`${page}: the command of ${name} is one that the server takes`, () => {
    const [, program, words = ""] = command;
    assert.equal(program, "/opt/wizgy/bin/wizgy.js");
    const parsed = parseCommandLine(words.split(" "), {});
    assert.equal(parsed.kind, "serve", JSON.stringify(parsed));
  });
}

/** Came with systemd 253; the guide says what to write before it. */
function isTooNew(line: string): boolean {
  return line.endsWith("Failed to parse service type, ignoring: notify-reload");
}

const skip = !isThere("systemd-analyze") && "systemd-analyze is not installed";
for (const page of PAGES) {
  test(`${page}: systemd finds nothing wrong with the units`, { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), "wizgy-test-"));
    try {
      const program = join(folder, "wizgy.js");
      writeFileSync(program, "", { mode: 0o755 });
      const paths = units
        .filter((each) => each.page === page)
        .map(({ name, unit }) => {
          const path = join(folder, name);
          // The check wants to find the program, and users that are here.
          const here = unit
            .replace(/^ExecStart=\S+/m, `ExecStart=${program}`)
            .replace(/^(User|SocketUser)=.*$/gm, "$1=root")
            .replace(/^(SupplementaryGroups|SocketGroup)=.*$/gm, "$1=root");
          writeFileSync(path, here);
          return path;
        });
      mkdirSync(join(folder, "run"));
      const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` };
      const { stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...paths], {
        encoding: "utf8",
        env,
      });
      // What it says of other units of this machine is not ours.
      const lines = `${stdout}${stderr}`
        .split("\n")
        .filter((line) => line.includes(folder) && !isTooNew(line));
      assert.deepEqual(lines, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
