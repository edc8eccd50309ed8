/** What one of several fronts has of what the settings give to the whole server. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { frontsFault, shareSettings } from "../../src/control/front-share.ts";
import { parseCommandLine } from "../../src/options/command-line.ts";
import type { Settings } from "../../src/options/settings.ts";
import { usableCpuCount } from "../../src/workers/cpu-count.ts";

function settingsOf(...words: string[]): Settings {
  const command = parseCommandLine(["app:app", ...words], {});
  assert.ok(command.kind === "serve", JSON.stringify(command));
  return command.settings;
}

test("workers of all fronts add up to what was asked for, and nobody has none", () => {
  for (let count = 1; count <= 5; count++) {
    for (let workers = count; workers <= 12; workers++) {
      const settings = settingsOf("--workers", String(workers), "--fronts", String(count));
      const shares = Array.from({ length: count }, (_, index) => {
        return Number(shareSettings(settings, { index, count }).workers);
      });
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        workers,
      );
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, shares.join());
    }
  }
});

test("of a range of workers each end is shared", () => {
  const settings = settingsOf("--workers", "2..7", "--fronts", "2");
  const shares = [0, 1].map((index) => shareSettings(settings, { index, count: 2 }).workers);
  assert.deepEqual(shares, [
    { least: 1, most: 4 },
    { least: 1, most: 3 },
  ]);
  assert.match(frontsFault(settingsOf("--workers", "1..7", "--fronts", "2")) ?? "", /is 1\./);
});

test("--workers auto: the CPUs are shared, with one worker for each front at least", () => {
  const settings = settingsOf("--workers", "auto", "--fronts", "64");
  const { workers } = shareSettings(settings, { index: 63, count: 64 });
  assert.equal(workers, Math.max(1, Math.floor(usableCpuCount() / 64)));
});

test("limits of the whole server are shared, rounded up; what there is once is not a front's", () => {
  const words = ["--max-connections", "100", "--queue-size", "10", "--buffer-total", "100000"];
  const once = ["--pid", "/pid", "--control-socket", "/control"];
  const settings = settingsOf("--workers", "3", "--fronts", "3", ...words, ...once);
  const share = shareSettings(settings, { index: 1, count: 3 });
  assert.deepEqual(
    [share.maxConnections, share.queueSize, share.bufferTotalBytes, share.maxConnectionsPerAddress],
    [34, 4, 33_334, "auto"],
  );
  assert.deepEqual([share.pid, share.controlSocket], [null, "off"]);
  assert.equal(shareSettings(settings, null), settings);
});

test("--fronts: what does not go together is refused with what to do", () => {
  assert.equal(frontsFault(settingsOf("--workers", "2", "--fronts", "2")), null);
  assert.equal(frontsFault(settingsOf("--workers", "auto", "--fronts", "64")), null);
  assert.match(
    frontsFault(settingsOf("--workers", "2", "--fronts", "3")) ?? "",
    /^--fronts 3 needs as many workers at least, and --workers is 2\./,
  );
  assert.match(
    frontsFault(settingsOf("--workers", "2", "--fronts", "2", "--reload")) ?? "",
    /^--reload is for the time in which/,
  );
  const settings = settingsOf("--workers", "2", "--fronts", "2");
  const site = { name: "shop", place: "wizgy.toml:3", hosts: [], mount: "", settings };
  assert.equal(frontsFault({ ...settings, sites: [site] }), null);
  assert.match(
    frontsFault({ ...settings, sites: [{ ...site, settings: { ...settings, user: "shop" } }] }) ??
      "",
    /^wizgy\.toml:3: site shop has a user of its own/,
  );
});
